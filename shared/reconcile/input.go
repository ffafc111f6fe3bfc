package reconcile

import "time"

// Function is what must be known of a function.
type Function struct {
	Name string
	// Event is the type that triggers it, "*" for all; empty for an ingress.
	Event string
	// Source is what an ingress opens; the events it publishes name it.
	Source string
	// System is the id of the system it writes to; empty if that is the bus alone.
	System string
	// Reads are the ids of systems it asks. An answer may leave a trace there, such as
	// an evaluation.
	Reads []string
	// Emits are the types of the events it may publish.
	Emits []string
	// ActsAlways says that the function applies no event without an effect at its
	// system, except its own timers. Others may answer an event by emitting one.
	ActsAlways bool
}

// takes reports whether the rule of the bus matches events of that type.
func (f Function) takes(eventType string) bool { return f.Event == "*" || f.Event == eventType }

// receives reports whether the event was delivered to the function: a timer to the
// one that set it, an event of the bus to all whose rule matches.
func (f Function) receives(e *Event) bool {
	if e.Timer != "" {
		return e.Timer == f.Name
	}
	return f.takes(e.Type)
}

// Kind is what a function made of one message.
type Kind string

// The kinds. Done is for feeders that only know that the function took the message
// off its queue: it applied, ignored or dead-lettered it.
const (
	KindApplied    Kind = "applied"
	KindDuplicate  Kind = "duplicate"
	KindIgnored    Kind = "ignored"
	KindStale      Kind = "stale"
	KindDeadLetter Kind = "dead-letter"
	KindRetry      Kind = "retry"
	// KindRefused is a request that was turned away, KindFallback one that was
	// answered without its check.
	KindRefused  Kind = "refused"
	KindFallback Kind = "fallback"
	KindDone     Kind = "done"
)

// isFinal reports whether the message needs no further delivery.
func (k Kind) isFinal() bool {
	switch k {
	case KindApplied, KindDuplicate, KindIgnored, KindStale, KindRefused, KindFallback, KindDone:
		return true
	}
	return false
}

// Outcome is what a function says it made of one message.
type Outcome struct {
	Function string
	// Message is the id of the message; one message may have many outcomes.
	Message string
	// Event is the id of the event in it; empty where the message holds none that
	// could be read.
	Event         string
	Kind          Kind
	Reason, Fault string
	// Attempt counts the deliveries of the message.
	Attempt int
	// MS is how long it took, LatencyMS the time since the event happened.
	MS, LatencyMS float64
	// At is when it was said; the zero time if that is not known.
	At time.Time
}

// Published is an event that a function says it published.
type Published struct{ Function, Event, Type string }

// DeadLetter is a message found in a function's dead-letter queue.
type DeadLetter struct {
	Function string `json:"function"`
	// EventID is the id of the event, or of the message if it holds no event.
	EventID   string `json:"eventId,omitzero"`
	EventType string `json:"eventType,omitzero"`
	Fault     string `json:"fault,omitzero"`
	Reason    string `json:"reason"`
	// ByQueue says that the queue moved the message itself, after too many receives.
	ByQueue bool `json:"byQueue,omitzero"`
	// Story is the story it belongs to, where stories are known.
	Story string `json:"-"`
}

// Effect is what a system says was done to it.
type Effect struct {
	System string `json:"system"`
	// Caller is the name of the function that did it.
	Caller string `json:"function"`
	// Reference is what the system knows it by: an order's number, an event's id.
	Reference string    `json:"reference"`
	What      string    `json:"what"`
	At        time.Time `json:"-"`
	// Story is the story it belongs to, where stories are known.
	Story string `json:"-"`
}

// Sent is a message that was put into a function's queue, or a request, from outside.
type Sent struct {
	Function string
	// ID is by what outcomes and dead letters name it; empty if it is only counted.
	ID string
	// Times is how often it was sent; 0 means once.
	Times int
	// Story is the story it belongs to, where stories are known.
	Story string
}

// Topic is a topic that the bus feeds without code.
type Topic struct {
	Name string
	// Types are the types of event it gets, Arrived how often each event arrived.
	Types   []string
	Arrived map[string]int
}

// At is one event at one function.
type At struct{ Function, Event string }

// Input is everything that was seen.
type Input struct {
	Functions   []Function
	Events      []Event
	Sent        []Sent
	Outcomes    []Outcome
	Published   []Published
	DeadLetters []DeadLetter
	Effects     []Effect
	// Waiting counts the messages that are still in a function's queue, Crashes the
	// invokes that failed as a whole.
	Waiting, Crashes map[string]int
	Topics           []Topic
	// Deliveries is how often an event was handed to a function, where that is
	// known; else it is as often as the event was published.
	Deliveries map[At]int
	// Stories are the things that happened outside, and Expected what should follow
	// from each kind of them; nil if that is not known.
	Stories  []Story
	Expected Expectation
}
