// Package account checks the promise of Signalbox against what was seen: every
// accepted event is applied exactly once by each of its functions, or it is in a
// dead-letter queue with its reason.
//
// What was published and dead-lettered is read from queues, what was done is
// counted at the systems it was done to, and what functions say of themselves is
// read from their log lines. None of them is believed alone.
package account

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Function is what the accounting has to know of a function.
type Function struct {
	Name string
	// Event is the type that triggers it, "*" for all; empty for an ingress.
	Event string
	// System is the id of the system it writes to; empty if that is the bus alone.
	System string
	// ActsAlways tells that the function applies no event without an effect at its
	// system. Others may answer an event by emitting one.
	ActsAlways bool
}

// takes reports whether the event was delivered to the function: a timer to the one
// that set it, an event of the bus to all whose rule matches.
func (f Function) takes(e *Event) bool {
	if e.Timer != "" {
		return e.Timer == f.Name
	}
	return f.Event == "*" || f.Event == e.Type
}

// Event is one event that was seen on the bus.
type Event struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	Subject     string `json:"subject,omitzero"`
	Correlation string `json:"correlationid,omitzero"`
	Causation   string `json:"causationid,omitzero"`
	// Source is who published it; a function's ends with "/" and its name.
	Source string `json:"source,omitzero"`
	// Label is what people call its subject, where its data says so.
	Label string `json:"label,omitzero"`
	// Times is how often it was published.
	Times int `json:"times"`
	// Timer is the function whose timer it is, which was never on the bus; else empty.
	Timer string `json:"timer,omitzero"`

	// texts are all strings in the event: what a system may know it by.
	texts map[string]bool
}

// ParseEvent reads an event as it is on the bus.
func ParseEvent(detail []byte) (Event, error) {
	var e Event
	if err := json.Unmarshal(detail, &e); err != nil {
		return Event{}, err
	}
	var whole map[string]any
	if err := json.Unmarshal(detail, &whole); err != nil {
		return Event{}, err
	}
	e.Times, e.Label = 1, label(whole["data"])
	e.texts = map[string]bool{}
	collect(whole, e.texts)
	return e, nil
}

// label finds the number or name an object of the data carries beside its id.
func label(data any) string {
	members, ok := data.(map[string]any)
	if !ok {
		return ""
	}
	for _, name := range []string{"number", "orderNumber", "name"} {
		if text, ok := members[name].(string); ok {
			return text
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if text := label(members[name]); text != "" {
			return text
		}
	}
	return ""
}

func collect(v any, into map[string]bool) {
	switch v := v.(type) {
	case string:
		into[v] = true
	case []any:
		for _, item := range v {
			collect(item, into)
		}
	case map[string]any:
		for _, item := range v {
			collect(item, into)
		}
	}
}

// Mentions reports whether text is a value of the event.
func (e Event) Mentions(text string) bool { return e.texts[text] }

// Line is a log line of a function about one record or one published event.
type Line struct {
	Msg         string  `json:"msg"`
	Function    string  `json:"function"`
	MessageID   string  `json:"messageid"`
	EventID     string  `json:"eventid"`
	EventType   string  `json:"eventtype"`
	Correlation string  `json:"correlationid"`
	Causation   string  `json:"causationid"`
	Outcome     string  `json:"outcome"`
	Fault       string  `json:"fault"`
	Reason      string  `json:"reason"`
	Error       string  `json:"error"`
	Attempt     int     `json:"attempt"`
	MS          float64 `json:"ms"`
	LatencyMS   float64 `json:"latencyms"`
	// At is when the line was written, which is when the record was handled.
	At time.Time `json:"timestamp"`
}

// slack is how far the clocks of a line and of an effect may be apart.
const slack = 5 * time.Millisecond

// spans reports whether something at that time was done while the record was handled.
func (l Line) spans(at time.Time) bool {
	begin := l.At.Add(-time.Duration(l.MS*float64(time.Millisecond)) - slack)
	return !l.At.IsZero() && !at.Before(begin) && !at.After(l.At.Add(slack))
}

// ParseLine reads a log line; ok is false for one that tells nothing of a record.
func ParseLine(text []byte) (l Line, ok bool) {
	if err := json.Unmarshal(text, &l, jsontext.AllowDuplicateNames(true)); err != nil {
		return Line{}, false
	}
	return l, l.Msg == "handled" || l.Msg == "published"
}

// DeadLetter is a message found in a function's dead-letter queue.
type DeadLetter struct {
	Function  string `json:"function"`
	EventID   string `json:"eventId,omitzero"`
	EventType string `json:"eventType,omitzero"`
	Fault     string `json:"fault,omitzero"`
	Reason    string `json:"reason"`
	MessageID string `json:"-"`
}

// Effect is what a system says was done to it.
type Effect struct {
	System    string    `json:"system"`
	Reference string    `json:"reference"`
	What      string    `json:"what"`
	At        time.Time `json:"-"`
}

// Kind is What without the ids in it: its words up to the first that holds a digit.
func (e Effect) Kind() string {
	words := strings.Fields(e.What)
	for i, word := range words {
		if i > 0 && strings.ContainsAny(word, "0123456789") {
			return strings.Join(words[:i], " ")
		}
	}
	return strings.Join(words, " ")
}

// Book collects what was seen. It is safe for concurrent use.
type Book struct {
	mu        sync.Mutex
	functions map[string]Function
	events    map[string]*Event
	order     []string
	lines     []Line
	// received are the messages each function was given, by id.
	received map[string]map[string]bool
	topics   map[string]map[string]int
	crashes  map[string]int
}

// NewBook returns a book for the given functions.
func NewBook(functions []Function) *Book {
	b := &Book{
		functions: map[string]Function{}, events: map[string]*Event{},
		received: map[string]map[string]bool{}, topics: map[string]map[string]int{}, crashes: map[string]int{},
	}
	for _, f := range functions {
		b.functions[f.Name] = f
	}
	return b
}

// Published records an event that appeared on the bus.
func (b *Book) Published(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if seen, ok := b.events[e.ID]; ok {
		seen.Times++
		return
	}
	b.events[e.ID] = &e
	b.order = append(b.order, e.ID)
}

// Said records a log line.
func (b *Book) Said(l Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, l)
}

// Received records a message that was given to a function.
func (b *Book) Received(function, messageID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.received[function] == nil {
		b.received[function] = map[string]bool{}
	}
	b.received[function][messageID] = true
}

// Crashed records an invoke that failed as a whole.
func (b *Book) Crashed(function string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.crashes[function]++
}

// OnTopic records an event that arrived behind an SNS topic.
func (b *Book) OnTopic(topic, eventID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.topics[topic] == nil {
		b.topics[topic] = map[string]int{}
	}
	b.topics[topic][eventID]++
}

// Events returns the events in the order in which they appeared.
func (b *Book) Events() []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	events := make([]Event, 0, len(b.order))
	for _, id := range b.order {
		events = append(events, *b.events[id])
	}
	return events
}

// Lines returns the log lines in the order in which they came.
func (b *Book) Lines() []Line {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.lines)
}

// Progress counts what was recorded; while it changes, something is going on.
func (b *Book) Progress() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.lines) + len(b.order)
	for _, ids := range b.received {
		n += len(ids)
	}
	for _, e := range b.events {
		n += e.Times
	}
	for _, c := range b.crashes {
		n += c
	}
	return n
}

func (b *Book) functionsByName() []Function {
	var fs []Function
	for _, name := range slices.Sorted(maps.Keys(b.functions)) {
		fs = append(fs, b.functions[name])
	}
	return fs
}
