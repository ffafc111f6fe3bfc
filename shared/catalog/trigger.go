package catalog

import (
	"time"

	"signalbox/shared/event"
)

// Trigger is what invokes a function: an EventQueue, a SourceQueue, Kafka, HTTP or
// a Schedule. Each has only the fields that mean something for it.
type Trigger interface {
	// String names the kind: "queue", "kafka", "http" or "schedule".
	String() string
	isTrigger()
}

// EventQueue is a queue of the function's own that a rule of the bus fills with
// events of one type, or of every type.
type EventQueue struct {
	// Event is the type, or AnyEvent.
	Event event.Type
	// AnyOrder says that the function itself keeps an older state from replacing a
	// newer one, so that events of one subject need not wait for each other.
	AnyOrder bool
	// Sequence names the sequence that an event's state belongs to; empty is one of
	// the function's own. Functions that set the same record of a system to the
	// states of several types of events share one, so that what one of them applied
	// is never overwritten with something older by another.
	Sequence string
	// Timers says that the function sets timers, which come back through the queue;
	// see package process.
	Timers bool
}

// SourceQueue is a queue that a source of events delivers into. The function turns
// what is delivered into events.
type SourceQueue struct {
	// Source is what delivers, "commercetools".
	Source string
}

// Kafka is a topic that a source of events delivers into.
type Kafka struct {
	// Source is what delivers, "commercetools".
	Source string
}

// HTTP is an address of the function's own. The function answers the requests.
type HTTP struct {
	// Source is who sends the requests, "webhook".
	Source string
}

// Schedule invokes the function at regular intervals.
type Schedule struct {
	// Every is the interval, in whole minutes.
	Every time.Duration
	// Alone says that no two runs may overlap.
	Alone bool
	// Refills is the source into whose queue the function puts back what never
	// arrived there; empty for others. The queue is given to the function.
	Refills string
	// Subscribes is the source whose subscription the function keeps; empty for
	// others. The stack has a resource that the function makes and takes away.
	Subscribes string
}

// AnyEvent, as the event of an EventQueue, stands for every event of the bus,
// including those that will be added.
const AnyEvent event.Type = "*"

// String returns "queue".
func (EventQueue) String() string { return "queue" }

// String returns "queue".
func (SourceQueue) String() string { return "queue" }

// String returns "kafka".
func (Kafka) String() string { return "kafka" }

// String returns "http".
func (HTTP) String() string { return "http" }

// String returns "schedule".
func (Schedule) String() string { return "schedule" }

func (EventQueue) isTrigger()  {}
func (SourceQueue) isTrigger() {}
func (Kafka) isTrigger()       {}
func (HTTP) isTrigger()        {}
func (Schedule) isTrigger()    {}

// IsQueue reports whether messages of a queue of its own trigger the function.
func (f Function) IsQueue() bool {
	switch f.Trigger.(type) {
	case EventQueue, SourceQueue:
		return true
	}
	return false
}

// IsKafka reports whether records of a topic trigger the function.
func (f Function) IsKafka() bool { _, ok := f.Trigger.(Kafka); return ok }

// IsHTTP reports whether requests trigger the function.
func (f Function) IsHTTP() bool { _, ok := f.Trigger.(HTTP); return ok }

// IsSchedule reports whether the function runs at regular intervals.
func (f Function) IsSchedule() bool { _, ok := f.Trigger.(Schedule); return ok }

// Event returns the type that triggers the function, or AnyEvent; empty if none does.
func (f Function) Event() event.Type { return f.queue().Event }

// AnyOrder reports whether events of one subject need not wait for each other.
func (f Function) AnyOrder() bool { return f.queue().AnyOrder }

// SequenceOrOwn returns the name of the sequence the function's events belong to.
func (f Function) SequenceOrOwn() string {
	if name := f.queue().Sequence; name != "" {
		return name
	}
	return f.Name
}

// Timers reports whether the function sets timers.
func (f Function) Timers() bool { return f.queue().Timers }

func (f Function) queue() EventQueue { q, _ := f.Trigger.(EventQueue); return q }

// Source returns the source whose deliveries trigger the function; empty if none does.
func (f Function) Source() string {
	switch t := f.Trigger.(type) {
	case SourceQueue:
		return t.Source
	case Kafka:
		return t.Source
	case HTTP:
		return t.Source
	}
	return ""
}

// Every returns the interval of a function that runs at regular intervals; 0 for others.
func (f Function) Every() time.Duration { return f.schedule().Every }

// Alone reports whether no two runs of the function may overlap.
func (f Function) Alone() bool { return f.schedule().Alone }

// Refills returns the source into whose queue the function puts back what never
// arrived there; empty for others.
func (f Function) Refills() string { return f.schedule().Refills }

// Subscribes returns the source whose subscription the function keeps; empty for others.
func (f Function) Subscribes() string { return f.schedule().Subscribes }

func (f Function) schedule() Schedule { s, _ := f.Trigger.(Schedule); return s }
