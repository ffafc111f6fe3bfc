package event

import (
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// Origin is where an event enters Signalbox.
type Origin struct {
	// Source is the CloudEvents source, such as "/commercetools/acme-dev".
	Source string
	// ID identifies the notification at the source. The same notification always
	// gives the same event.
	ID string
	// Time is when it happened at the source.
	Time time.Time
	// Refetched: see Header.
	Refetched bool
	// TraceParent is the trace that the notification belongs to, empty if none.
	TraceParent string
}

// New returns the first event of a story, which enters Signalbox at o. The error
// is fault.Invalid if o lacks an attribute or data is not valid.
func New(o Origin, data Payload) (Raw, error) {
	if o.ID == "" {
		return Raw{}, fault.Field("id", "the source's id of the notification")
	}
	r, err := build(Header{
		ID:          DeriveID(o.Source, o.ID, data.EventType(), data.Subject()),
		Source:      o.Source,
		Time:        o.Time.UTC(),
		Refetched:   o.Refetched,
		TraceParent: o.TraceParent,
	}, data)
	r.CorrelationID = r.ID
	return r, err
}

// Next returns the event that function emits because of cause. Emitted twice
// for the same cause it has the same ID.
func Next(function string, cause Header, at time.Time, data Payload) (Raw, error) {
	if cause.Hop+1 > MaxHops {
		return Raw{}, fault.Refuse("hop-limit", fmt.Errorf("more than %d events caused each other", MaxHops))
	}
	story := cause.CorrelationID
	if story == "" {
		story = cause.ID
	}
	return build(Header{
		ID:            DeriveID(function, cause.ID, data.EventType(), data.Subject()),
		Source:        "/signalbox/" + function,
		Time:          at.UTC(),
		CorrelationID: story,
		CausationID:   cause.ID,
		Hop:           cause.Hop + 1,
		Refetched:     cause.Refetched,
		TraceParent:   cause.TraceParent,
		TraceState:    cause.TraceState,
	}, data)
}

func build(h Header, data Payload) (Raw, error) {
	if err := data.Validate(); err != nil {
		return Raw{}, err
	}
	h.SpecVersion = "1.0"
	h.Type = data.EventType()
	h.Subject = data.Subject()
	h.ContentType = "application/json"
	h.DataSchema = SchemaURN(data)
	if s, ok := data.(Sequenced); ok {
		h.Sequence = s.Sequence()
	}
	if err := h.check(); err != nil {
		return Raw{}, err
	}
	if err := h.agree(data); err != nil {
		return Raw{}, err
	}
	encoded, err := strictjson.Marshal(data)
	if err != nil {
		return Raw{}, fmt.Errorf("encode %s: %w", h.Type, err)
	}
	return Raw{Header: h, Data: encoded}, nil
}

// SchemaURN names the schema of p in an event's dataschema attribute.
func SchemaURN(p Payload) string {
	return "urn:signalbox:" + string(p.EventType()) + ":" + strconv.Itoa(p.SchemaVersion())
}

// namespace is the UUID of all ids derived here; changing it changes every id.
var namespace = uuid.MustParse("6b2f1c1e-52f3-5d2c-9c59-1f6f0b6a7d11")

// DeriveID returns the name-based UUID (version 5) of an event from its maker,
// its cause, its type and its subject.
func DeriveID(maker, cause string, t Type, subject string) string {
	return uuid.NewSHA1(namespace, []byte(maker+"\x00"+cause+"\x00"+string(t)+"\x00"+subject)).String()
}

// Encode returns r in structured JSON.
func Encode(r Raw) ([]byte, error) { return strictjson.Marshal(r) }
