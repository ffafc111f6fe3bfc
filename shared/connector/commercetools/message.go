package commercetools

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// ViewMessages is the scope that allows a client to query the project's messages.
const ViewMessages = "view_messages"

// MessagesPerPage is the largest page size of commercetools.
const MessagesPerPage = page

// timestamp is how commercetools writes a DateTime.
const timestamp = "2006-01-02T15:04:05.000Z"

// Position is a position in the sequence of the project's messages, sorted by
// their time of creation and then by id.
type Position struct {
	CreatedAt time.Time
	// ID is empty before the first message of that moment.
	ID string
}

// Message holds the fields that every message has:
// https://docs.commercetools.com/api/projects/messages#message
type Message struct {
	Position
	Type         string
	ResourceType string
	ResourceID   string
	// Sequence counts the messages of the resource, of all types, from 1.
	Sequence int64
	// Raw is the message as commercetools writes it.
	Raw jsontext.Value
}

// Messages returns at most limit of the project's messages after a position and
// before a time, in their order. It queries by position and not by offset, which
// commercetools limits to 10,000. The client needs the scope ViewMessages.
func (c *Client) Messages(ctx context.Context, after Position, before time.Time, limit int) ([]Message, error) {
	at := quote(after.CreatedAt.UTC().Format(timestamp))
	where := "createdAt < " + quote(before.UTC().Format(timestamp)) +
		" and (createdAt > " + at + " or (createdAt = " + at + " and id > " + quote(after.ID) + "))"
	response, err := c.http.Do(ctx, connector.Request{
		Method: http.MethodGet, Path: c.project + "/messages", Repeatable: true,
		Query: url.Values{"where": {where}, "sort": {"createdAt asc", "id asc"}, "limit": {strconv.Itoa(limit)}, "withTotal": {"false"}},
	})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Results *[]jsontext.Value `json:"results"`
	}
	if err := strictjson.UnmarshalUpTo(connector.MaxBody, "answer", response.Body, &answer); err != nil || answer.Results == nil {
		return nil, c.http.Unreadable(errors.New("expected a page of messages"))
	}
	messages := make([]Message, len(*answer.Results))
	for i, raw := range *answer.Results {
		if messages[i], err = readMessage(raw); err != nil {
			return nil, c.http.Unreadable(errors.New("expected a message"))
		}
	}
	return messages, nil
}

// IsOversized reports whether the answer was larger than the client reads, so
// that a smaller page may succeed.
func IsOversized(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Reason == System+"-oversized"
}

func readMessage(raw jsontext.Value) (Message, error) {
	var m struct {
		ID        string    `json:"id"`
		CreatedAt time.Time `json:"createdAt"`
		Type      string    `json:"type"`
		Sequence  int64     `json:"sequenceNumber"`
		Resource  struct {
			TypeID string `json:"typeId"`
			ID     string `json:"id"`
		} `json:"resource"`
	}
	if err := strictjson.UnmarshalUpTo(connector.MaxBody, "message", raw, &m); err != nil {
		return Message{}, err
	}
	if m.ID == "" || m.CreatedAt.IsZero() || m.Type == "" || m.Resource.TypeID == "" || m.Resource.ID == "" || m.Sequence < 1 {
		return Message{}, errors.New("message: expected an id, a type, a time, a resource and a sequence")
	}
	return Message{
		Position: Position{CreatedAt: m.CreatedAt, ID: m.ID}, Type: m.Type,
		ResourceType: m.Resource.TypeID, ResourceID: m.Resource.ID, Sequence: m.Sequence, Raw: raw,
	}, nil
}
