package queuetest

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
)

// DeadLetter is one message of the dead-letter queue.
type DeadLetter struct {
	Body string
	// Reason is the fault's, or TooManyReceives.
	Reason     string
	Attributes map[string]string
}

// TooManyReceives is the reason of a message that the queue itself dead-lettered.
const TooManyReceives = "too-many-receives"

// DeadLetters are the messages of the function's dead-letter queue.
func (f *Function[T]) DeadLetters() []DeadLetter {
	f.messages.mu.Lock()
	defer f.messages.mu.Unlock()
	return append([]DeadLetter(nil), f.messages.dead...)
}

// Outcomes are what became of each delivery, in order: "applied", "duplicate",
// "retry: fedex-timeout". One that a crash ended has none.
func (f *Function[T]) Outcomes() []string {
	var all []string
	for line := range strings.Lines(f.output.String()) {
		var handled struct {
			Message string `json:"msg"`
			Outcome string `json:"outcome"`
			Reason  string `json:"reason"`
		}
		if err := json.Unmarshal([]byte(line), &handled); err != nil {
			f.t.Fatalf("a log line is not JSON: %v\n%s", err, line)
		}
		if handled.Message != "handled" {
			continue
		}
		if handled.Reason != "" {
			handled.Outcome += ": " + handled.Reason
		}
		all = append(all, handled.Outcome)
	}
	return all
}

// Log is what the function wrote, log lines and metrics.
func (f *Function[T]) Log() string { return f.output.String() }

// Emitted is the data of the events on the bus, each event once however often it was
// published. It fails the test if one came with other data the second time.
func (f *Function[T]) Emitted() []event.Payload {
	f.t.Helper()
	var all []event.Payload
	for _, e := range f.Published() {
		entry, ok := catalog.EventByType(e.Type)
		if !ok {
			f.t.Fatalf("the catalog has no event %s", e.Type)
		}
		data, err := event.Decode(e, entry.Payload)
		if err != nil {
			f.t.Fatalf("the emitted %s is wrong: %v", e.Type, err)
		}
		all = append(all, data)
	}
	return all
}

// Published are the events of Emitted with their headers.
func (f *Function[T]) Published() []event.Raw {
	f.t.Helper()
	var all []event.Raw
	first := map[string]event.Raw{}
	for _, detail := range f.bus.Details {
		e, err := event.Parse([]byte(detail))
		if err != nil {
			f.t.Fatalf("the bus has no event: %v\n%s", err, detail)
		}
		if before, again := first[e.ID]; again {
			if !bytes.Equal(before.Data, e.Data) {
				f.t.Errorf("%s %s is published with other data than before:\n%s\n%s", e.Type, e.ID, before.Data, e.Data)
			}
			continue
		}
		first[e.ID] = e
		all = append(all, e)
	}
	return all
}
