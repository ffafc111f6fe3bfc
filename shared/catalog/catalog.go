// Package catalog is the one table everything follows from: which business
// events exist, which function reacts to which of them in which system, where
// events come from. Queues, dead-letter queues, mappings, alarms, permissions,
// dashboards, the local run, the tests and the tables of the README are all
// derived from it. It holds data and nothing that runs.
package catalog

import (
	"slices"
	"strings"
	"time"

	"signalbox/shared/event"
)

// Domain groups functions; each is a folder of functions/ and a stack.
type Domain string

// The domains.
const (
	Ingress  Domain = "ingress"
	Retail   Domain = "retail"
	Platform Domain = "platform"
)

// Trigger is what invokes a function.
type Trigger string

const (
	// Queue: messages of a queue of the function's own, which a rule of the bus
	// fills, or what delivers to an ingress.
	Queue Trigger = ""
	// HTTP: requests to an address of the function's own, which it answers.
	HTTP Trigger = "http"
	// Kafka: records of a topic.
	Kafka Trigger = "kafka"
	// Schedule: the clock, once per Function.Every.
	Schedule Trigger = "schedule"
)

// AnyEvent, as a function's Event, stands for every event of the bus, those that
// will be added too.
const AnyEvent event.Type = "*"

// Effect is the nature of what a function does to its system, and so how a
// repetition is prevented.
type Effect string

const (
	// Natural: the system itself makes a repetition harmless (upsert by external
	// id, idempotency key, derived event id).
	Natural Effect = "natural"
	// Unsafe: the system would do it twice. The consumer claims the event first
	// and the function looks the effect up before it repeats an uncertain try.
	Unsafe Effect = "unsafe"
)

// Event is one type of business event.
type Event struct {
	// Payload is the zero value of the event's data; its type is the event's.
	Payload event.Payload
	Domain  Domain
	// Means says in one sentence what happened.
	Means string
}

// Type returns the event's type.
func (e Event) Type() event.Type { return e.Payload.EventType() }

// Ordered reports whether the event carries a state, so that an older one must
// never be applied after a newer one of the same subject.
func (e Event) Ordered() bool { _, ok := e.Payload.(event.Sequenced); return ok }

// Setting is one named value a stage gives to a function, by an environment
// variable of the same name. Settings are not secret.
type Setting struct {
	Name string
	Help string
	// Default is used where the stage names none; "" with Required false means unset.
	Default  string
	Required bool
	// Example passes the setting's own check; the local run uses it.
	Example string
}

// System is a system of record that functions write to.
type System struct {
	// ID names the connector package, the stage setting and the secret: "fedex".
	ID    string
	Title string
	// BaseURL is the production address; empty if it differs per customer. The
	// setting <ID>_BASE_URL takes its place.
	BaseURL string
	// Rate is how many requests a second the vendor allows us, all functions together.
	Rate float64
	// Secret names the keys of the system's secret, a JSON object of strings.
	Secret []string
	// Settings are what a stage must or may say about the system.
	Settings []Setting
}

// Function is one Lambda function: one trigger, one reaction, one system.
type Function struct {
	// Name is the folder below functions/<domain>/ and the readable id everywhere.
	Name   string
	Domain Domain
	// Trigger is Queue unless the function says otherwise.
	Trigger Trigger
	// Every is how often a function with the trigger Schedule runs.
	Every time.Duration
	// Event is the type that triggers the function, or AnyEvent; empty for an
	// ingress and for what the clock triggers.
	Event event.Type
	// Source is what an ingress opens, "commercetools"; empty for the others.
	Source string
	// System is the ID of the system the function writes to; "" is the bus alone.
	System string
	// Reads are further systems the function reads from.
	Reads  []string
	Effect Effect
	// AskAfter is how long the system may take to show its own write; an Unsafe
	// effect is looked up no earlier after an uncertain try.
	AskAfter time.Duration
	// AnyOrder tells that the function itself keeps an older state from taking the
	// place of a newer one, so that events of one subject need not wait for each other.
	AnyOrder bool
	// Sequence names the sequence that an event's state stands in; empty is one of
	// the function's own. Functions that bring the same record of a system to the
	// states of several types of events share one, so that what one of them applied
	// is never overwritten with something older by another.
	Sequence string
	// Calls is how many requests one event makes at the most in the usual case.
	Calls int
	// Refills is the source into whose queue the function puts back what never
	// arrived there; empty for the others.
	Refills string
	// Alone tells that no two runs of the function may overlap.
	Alone bool
	// Emits are the events that may follow.
	Emits []event.Type
	// Timers tells that the function sets timers, which come back through its queue;
	// see package process.
	Timers bool
	// Echoes are the events as which what the function writes comes back from the
	// system's own source, such as a level of stock that it sets. What a source
	// recognises as written by us and leaves out is not among them.
	Echoes []event.Type
	// Does says the reaction in one sentence.
	Does     string
	Settings []Setting
	// Timeout bounds one invoke; 0 means DefaultTimeout.
	Timeout time.Duration
	// MemoryMB is the function's memory; 0 means DefaultMemoryMB.
	MemoryMB int
}

// Topic is an SNS topic that the bus feeds by a rule of its own, without code.
type Topic struct {
	Name   string
	Domain Domain
	Event  event.Type
	For    string
}

// What holds for every function unless its entry says otherwise.
const (
	DefaultTimeout  = 30 * time.Second
	DefaultMemoryMB = 256
	BatchSize       = 10
	// MaxReceive is how often a message is received before it is dead-lettered.
	// With the consumer's back-off it spans about an hour of a vendor's outage.
	MaxReceive = 12
)

// Stack names the stack the function is deployed in: that of its domain, and
// within a domain of business events that of the events' subject, "retail-order".
// A stack may hold 500 resources and a function takes about twenty; since the
// subject is part of the event's name, a new function never moves another one
// into another stack, which would replace its queue.
func (f Function) Stack() string { return stackOf(f.Domain, f.Event) }

// Stack names the stack the topic is deployed in; see Function.Stack.
func (t Topic) Stack() string { return stackOf(t.Domain, t.Event) }

func stackOf(d Domain, t event.Type) string {
	subject, _, found := strings.Cut(string(t), ".")
	if !found {
		return string(d)
	}
	return string(d) + "-" + subject
}

// SequenceOrOwn returns the name of the sequence the function's events stand in.
func (f Function) SequenceOrOwn() string {
	if f.Sequence != "" {
		return f.Sequence
	}
	return f.Name
}

// TimeoutOrDefault returns how long one invoke may take.
func (f Function) TimeoutOrDefault() time.Duration {
	if f.Timeout > 0 {
		return f.Timeout
	}
	return DefaultTimeout
}

// MemoryOrDefault returns the function's memory in MB.
func (f Function) MemoryOrDefault() int {
	if f.MemoryMB > 0 {
		return f.MemoryMB
	}
	return DefaultMemoryMB
}

// Visibility is how long a received message stays hidden: six times the
// timeout, as AWS advises for Lambda.
func (f Function) Visibility() time.Duration { return 6 * f.TimeoutOrDefault() }

// Parallel is how many records of one batch are handled at once, so that two
// concurrent invokes (the least SQS allows) stay within the function's share of
// the system's rate.
func (f Function) Parallel() int { return parallel(f.share(), f.calls()) }

// MaxConcurrency is the mapping's bound of concurrent invokes: the function's
// share of the system's rate divided by what one invoke may ask in a second,
// between 2 and 1,000, the bounds SQS sets.
func (f Function) MaxConcurrency() int { return concurrency(f.share(), f.calls()) }

func (f Function) share() float64 { return share(f.System, Systems, Functions) }

// share is how many requests a second are left for a function if every function
// that writes to the same system gets as many; 0 is no bound.
func share(system string, systems []System, functions []Function) float64 {
	for _, s := range systems {
		if s.ID != system {
			continue
		}
		writers := 0
		for _, f := range functions {
			// What the clock triggers asks a few times a run.
			if f.System == system && f.Trigger != Schedule {
				writers++
			}
		}
		return s.Rate / float64(max(1, writers))
	}
	return 0
}

func parallel(share float64, calls int) int {
	if share <= 0 {
		return BatchSize
	}
	return min(BatchSize, max(1, int(share/float64(2*calls))))
}

// unboundedConcurrency suits a function whose system is AWS alone: a tenth of
// the concurrency that an account has at first.
const unboundedConcurrency = 100

func concurrency(share float64, calls int) int {
	if share <= 0 {
		return unboundedConcurrency
	}
	return min(1000, max(2, int(share/float64(parallel(share, calls)*calls))))
}

func (f Function) calls() int { return max(1, f.Calls) }

// Systems returns the IDs of every system the function talks to, its own first.
func (f Function) Systems() []string {
	var ids []string
	if f.System != "" {
		ids = append(ids, f.System)
	}
	return append(ids, f.Reads...)
}

// FunctionByName returns the function of that name.
func FunctionByName(name string) (Function, bool) {
	i := slices.IndexFunc(Functions, func(f Function) bool { return f.Name == name })
	if i < 0 {
		return Function{}, false
	}
	return Functions[i], true
}

// DeadLetters reports whether the function has a dead-letter queue: that of its
// queue, or one of its own for records and requests that it cannot make events of.
func (f Function) DeadLetters() bool {
	return f.Trigger == Queue || f.Trigger == Kafka || f.Trigger == HTTP && len(f.Emits) > 0
}

// Requested returns the functions that are triggered by requests.
func Requested() []Function {
	var fs []Function
	for _, f := range Functions {
		if f.Trigger == HTTP {
			fs = append(fs, f)
		}
	}
	return fs
}

// Queued returns the functions that are triggered by messages of their own queue.
func Queued() []Function {
	var fs []Function
	for _, f := range Functions {
		if f.Trigger == Queue {
			fs = append(fs, f)
		}
	}
	return fs
}

// KeepsTimers returns the functions that set timers.
func KeepsTimers() []Function {
	var fs []Function
	for _, f := range Functions {
		if f.Timers {
			fs = append(fs, f)
		}
	}
	return fs
}

// SystemByID returns the system of that ID.
func SystemByID(id string) (System, bool) {
	i := slices.IndexFunc(Systems, func(s System) bool { return s.ID == id })
	if i < 0 {
		return System{}, false
	}
	return Systems[i], true
}

// EventByType returns the event of that type.
func EventByType(t event.Type) (Event, bool) {
	i := slices.IndexFunc(Events, func(e Event) bool { return e.Type() == t })
	if i < 0 {
		return Event{}, false
	}
	return Events[i], true
}

// Takes reports whether an event of type t triggers the function. A type that is
// not in the catalog triggers none.
func (f Function) Takes(t event.Type) bool {
	if f.Event == AnyEvent {
		_, known := EventByType(t)
		return known
	}
	return f.Event != "" && f.Event == t
}

// Consumers returns the functions that an event of type t triggers, without those
// that take any event.
func Consumers(t event.Type) []Function {
	var fs []Function
	for _, f := range Functions {
		if f.Event == t {
			fs = append(fs, f)
		}
	}
	return fs
}
