// Package recorder collects what is seen of a local run, from many goroutines, for
// package reconcile: events on the bus, what functions log, messages they are given.
//
//	r := recorder.New()
//	r.Event(e)            // from the queue that watches the bus
//	if line, ok := recorder.ParseLine(text); ok {
//		r.Line(line)      // from a function's output
//	}
//	in := r.Input()       // dead letters, effects and what waits are added by the caller
//	report := reconcile.Reconcile(in)
package recorder

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/reconcile"
)

// Line is a log line of a function about one record or one published event.
type Line struct {
	Msg         string         `json:"msg"`
	Function    string         `json:"function"`
	MessageID   string         `json:"messageid"`
	EventID     string         `json:"eventid"`
	EventType   string         `json:"eventtype"`
	Correlation string         `json:"correlationid"`
	Causation   string         `json:"causationid"`
	Outcome     reconcile.Kind `json:"outcome"`
	Fault       string         `json:"fault"`
	Reason      string         `json:"reason"`
	Error       string         `json:"error"`
	Attempt     int            `json:"attempt"`
	MS          float64        `json:"ms"`
	LatencyMS   float64        `json:"latencyms"`
	// At is when the line was written, which is when the record was handled.
	At time.Time `json:"timestamp"`
}

// ParseLine reads a log line; ok is false for one that is about no record.
func ParseLine(text []byte) (l Line, ok bool) {
	if err := json.Unmarshal(text, &l, jsontext.AllowDuplicateNames(true)); err != nil {
		return Line{}, false
	}
	return l, l.IsOutcome() || l.IsPublished()
}

// IsOutcome reports whether the line says what became of a record, IsPublished
// whether it says that an event was published.
func (l Line) IsOutcome() bool   { return l.Msg == "handled" }
func (l Line) IsPublished() bool { return l.Msg == "published" }

// Recorder collects what is seen. It is safe for concurrent use.
type Recorder struct {
	mu     sync.Mutex
	events map[string]*reconcile.Event
	order  []string
	lines  []Line
	// received are the messages each function was given, by id.
	received map[string]map[string]bool
	topics   map[string]map[string]int
	crashes  map[string]int
}

// New returns a recorder that has seen nothing.
func New() *Recorder {
	return &Recorder{
		events: map[string]*reconcile.Event{}, received: map[string]map[string]bool{}, topics: map[string]map[string]int{}, crashes: map[string]int{},
	}
}

// Event records an event that appeared on the bus.
func (r *Recorder) Event(e reconcile.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seen, ok := r.events[e.ID]; ok {
		seen.Times++
		return
	}
	r.events[e.ID] = &e
	r.order = append(r.order, e.ID)
}

// Line records a log line.
func (r *Recorder) Line(l Line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, l)
}

// Received records a message that was given to a function.
func (r *Recorder) Received(function, messageID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.received[function] == nil {
		r.received[function] = map[string]bool{}
	}
	r.received[function][messageID] = true
}

// Crashed records an invoke that failed as a whole.
func (r *Recorder) Crashed(function string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.crashes[function]++
}

// OnTopic records an event that arrived behind an SNS topic.
func (r *Recorder) OnTopic(topic, eventID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.topics[topic] == nil {
		r.topics[topic] = map[string]int{}
	}
	r.topics[topic][eventID]++
}

// Events returns the events in the order in which they appeared.
func (r *Recorder) Events() []reconcile.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := make([]reconcile.Event, 0, len(r.order))
	for _, id := range r.order {
		events = append(events, *r.events[id])
	}
	return events
}

// Lines returns the log lines in the order in which they came.
func (r *Recorder) Lines() []Line {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lines)
}

// Progress counts what was recorded; while it changes, something is going on.
func (r *Recorder) Progress() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.lines) + len(r.order)
	for _, ids := range r.received {
		n += len(ids)
	}
	for _, e := range r.events {
		n += e.Times
	}
	for _, c := range r.crashes {
		n += c
	}
	return n
}

// Input is what was recorded: events, outcomes, published events, crashes, and the
// arrivals behind each topic, whose types the caller knows.
func (r *Recorder) Input() reconcile.Input {
	in := reconcile.Input{Events: r.Events()}
	for _, l := range r.Lines() {
		if l.IsPublished() {
			in.Published = append(in.Published, reconcile.Published{Function: l.Function, Event: l.EventID, Type: l.EventType})
			continue
		}
		in.Outcomes = append(in.Outcomes, reconcile.Outcome{
			Function: l.Function, Message: l.MessageID, Event: l.EventID, Kind: l.Outcome, Reason: l.Reason, Fault: l.Fault,
			Attempt: l.Attempt, MS: l.MS, LatencyMS: l.LatencyMS, At: l.At,
		})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	in.Crashes = maps.Clone(r.crashes)
	for _, name := range slices.Sorted(maps.Keys(r.topics)) {
		in.Topics = append(in.Topics, reconcile.Topic{Name: name, Arrived: maps.Clone(r.topics[name])})
	}
	return in
}
