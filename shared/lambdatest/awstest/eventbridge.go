package awstest

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxEntries and maxEventBytes are PutEvents' limits.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
const (
	maxEntries    = 10
	maxEventBytes = 1 << 20
)

// Rule sends the events of some detail types to a queue.
type Rule struct {
	// Source and DetailTypes must match exactly, as in a rule's pattern; without
	// types all match.
	Source      string
	DetailTypes []string
	// Queue is the name of the target.
	Queue string
	// DetailAlone sends what InputPath $.detail selects instead of the whole event.
	DetailAlone bool
}

// Published is one event a bus accepted.
type Published struct {
	ID, Bus, Source, DetailType string
	Detail                      jsontext.Value
	TraceHeader                 string
	At                          time.Time
}

type bus struct {
	rules     []Rule
	published []Published
}

// CreateBus makes a bus with the given rules; rules of further calls are added.
func (s *Server) CreateBus(name string, rules ...Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buses[name] == nil {
		s.buses[name] = &bus{}
	}
	s.buses[name].rules = append(s.buses[name].rules, rules...)
}

// Published returns what a bus accepted, in order.
func (s *Server) Published(name string) []Published {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buses[name] == nil {
		return nil
	}
	return slices.Clone(s.buses[name].published)
}

// Publish puts one event on a bus, for what stands outside of AWS's clients.
func (s *Server) Publish(name, source, detailType string, detail []byte) error {
	reply, err := s.putEvents(func(int) string { return "" })(putEventsRequest{Entries: []eventEntry{{
		EventBusName: name, Source: source, DetailType: detailType, Detail: string(detail),
	}}})
	if err == nil && reply.FailedEntryCount > 0 {
		err = refuse(reply.Entries[0].ErrorCode, "%s", reply.Entries[0].ErrorMessage)
	}
	return err
}

type putEventsRequest struct {
	Entries []eventEntry
}

type eventEntry struct {
	EventBusName, Source, DetailType, Detail, TraceHeader string
	Resources                                             []string
	Time                                                  float64
}

type eventResult struct {
	EventID      string `json:"EventId,omitzero"`
	ErrorCode    string `json:",omitzero"`
	ErrorMessage string `json:",omitzero"`
}

type putEventsReply struct {
	FailedEntryCount int
	Entries          []eventResult
}

func (s *Server) putEvents(scripted func(int) string) func(putEventsRequest) (putEventsReply, error) {
	return func(in putEventsRequest) (putEventsReply, error) {
		if n := len(in.Entries); n < 1 || n > maxEntries {
			return putEventsReply{}, invalid("%d entries: between 1 and %d are allowed", n, maxEntries)
		}
		bytes := 0
		for _, e := range in.Entries {
			bytes += e.size()
		}
		if bytes > maxEventBytes {
			return putEventsReply{}, invalid("Total size of the entries in the request is over the limit.")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		var reply putEventsReply
		for i, e := range in.Entries {
			result := eventResult{ErrorCode: scripted(i), ErrorMessage: "scripted"}
			if result.ErrorCode == "" {
				result = s.putEvent(e)
			}
			if result.ErrorCode != "" {
				reply.FailedEntryCount++
			}
			reply.Entries = append(reply.Entries, result)
		}
		return reply, nil
	}
}

func (e eventEntry) size() int {
	n := len(e.Source) + len(e.DetailType) + len(e.Detail)
	if e.Time != 0 {
		n += 14
	}
	for _, r := range e.Resources {
		n += len(r)
	}
	return n
}

// putEvent accepts one event and routes it. The caller holds the lock.
func (s *Server) putEvent(e eventEntry) eventResult {
	b := s.buses[e.EventBusName]
	detail := jsontext.Value(e.Detail)
	switch {
	case b == nil:
		return eventResult{ErrorCode: "ResourceNotFoundException", ErrorMessage: fmt.Sprintf("Event bus %s does not exist.", e.EventBusName)}
	case e.Source == "" || e.DetailType == "" || e.Detail == "":
		return eventResult{ErrorCode: "InvalidArgument", ErrorMessage: "Parameters Source, DetailType and Detail are required."}
	case len(e.DetailType) > 128:
		return eventResult{ErrorCode: "InvalidArgument", ErrorMessage: "DetailType is longer than 128 characters."}
	case detail.Kind() != '{' || !detail.IsValid():
		return eventResult{ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed."}
	}
	p := Published{ID: s.nextID(), Bus: e.EventBusName, Source: e.Source, DetailType: e.DetailType, Detail: detail, TraceHeader: e.TraceHeader, At: time.Now()}
	b.published = append(b.published, p)
	for _, r := range b.rules {
		q := s.queues[r.Queue]
		if q == nil || r.Source != e.Source || len(r.DetailTypes) > 0 && !slices.Contains(r.DetailTypes, e.DetailType) {
			continue
		}
		body := e.Detail
		if !r.DetailAlone {
			body = p.Wrapped()
		}
		s.enqueue(q, body, nil, 0)
	}
	return eventResult{EventID: p.ID}
}

// Wrapped returns the event as a rule's target receives it.
func (p Published) Wrapped() string {
	text, err := json.Marshal(struct {
		Version    string         `json:"version"`
		ID         string         `json:"id"`
		DetailType string         `json:"detail-type"`
		Source     string         `json:"source"`
		Account    string         `json:"account"`
		Time       string         `json:"time"`
		Region     string         `json:"region"`
		Resources  []string       `json:"resources"`
		Detail     jsontext.Value `json:"detail"`
	}{"0", p.ID, p.DetailType, p.Source, Account, p.At.UTC().Format(time.RFC3339), Region, []string{}, p.Detail})
	if err != nil {
		panic(err)
	}
	return string(text)
}
