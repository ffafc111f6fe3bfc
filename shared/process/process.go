// Package process holds what spans several events: ship an order or call it off,
// wait for a supplier's answer. A process is a pure function from its state and an
// event to its next state, the events it emits and the timers it sets; a Runner
// stores, publishes and sets them.
//
//	var reminder = process.Process[state, any]{
//		Name: "reminder",
//		Decide: func(s state, e any) process.Decision[state] {
//			switch e := e.(type) {
//			case cartAbandoned:
//				return process.Decision[state]{State: state{Open: true}, Set: []process.Timer{{Name: "remind", At: e.At.Add(24 * time.Hour)}}}
//			case process.Due:
//				return process.Decision[state]{State: state{}, Emit: []event.Payload{reminderDue{}}}
//			}
//			return process.Decision[state]{State: s}
//		},
//	}
//
// # Delivery
//
// The runner reads the state by its key, decides, and writes the new state
// together with what is owed (events to publish, timers to set and to cancel) in
// one write that only succeeds in place of the state it was decided by. Then it
// publishes, sets the timers and strikes off what is done. If it is broken off at
// any point, the redelivery of the event finishes it, with the same ids: an event
// that is published twice is the same event, and a timer that is set twice is one.
//
// # Timers
//
// A timer is a one-time schedule whose message comes into the function's own
// queue. It is named by the process, the key, the timer and the version of the
// state that set it. The state remembers that version; a firing of another version
// is stale and decides nothing, so a timer need not be cancelled to be harmless.
//
// # Versions
//
// A stored state carries the number of its schema. One of an older schema is
// upgraded when it is read, so that a fix reaches processes that already run; one
// of a newer schema is left to the newer code, and the event is retried. A state
// that was stored without any number has schema 0.
package process

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
)

// Process is what happens to one key, such as an order. S must be a struct.
type Process[S, E any] struct {
	// Name is the scope of the states and part of each timer's name. It is never
	// changed and is no function's name.
	Name string
	// Decide says what follows from the event. It looks at nothing but its
	// arguments. Events come in any order and any number of times: deciding the same
	// event again, at once or after others, must be harmless.
	Decide func(S, E) Decision[S]
	// Fired makes an event of a timer that fired; nil if the process sets none.
	Fired func(Due) E
	// Upgrades bring a stored state of schema i to schema i+1, both as JSON objects.
	Upgrades []func(jsontext.Value) (jsontext.Value, error)
}

// schema is the number of the current schema.
func (p Process[S, E]) schema() int { return len(p.Upgrades) }

// Decision is what follows from an event.
type Decision[S any] struct {
	State S
	// Emit are the business events that follow, each of another type or subject.
	Emit []event.Payload
	// Set are timers; one that is set already is moved. Setting it to the time it has
	// changes nothing.
	Set []Timer
	// Cancel names timers that are not needed any more.
	Cancel []string
}

// Timer is a time at which the process is given an event.
type Timer struct {
	// Name tells the timers of one key apart.
	Name string
	// At is when it fires, to about a minute.
	At time.Time
}

// Due is a timer that fired.
type Due struct {
	// Name is the timer's.
	Name string
	// At is when it was to fire; the firing itself may be later.
	At time.Time
}
