package state

import (
	"context"

	"signalbox/shared/event"
)

// Due is what follows from one event, the cause.
type Due[P any] struct {
	ID            string `json:"id"`
	CorrelationID string `json:"correlationid"`
	Hop           int    `json:"hop"`
	TraceParent   string `json:"traceparent,omitzero"`
	// What is published; its fields stand beside the cause's.
	//lint:ignore SA5008 the option is of go-json-experiment/json, which staticcheck does not know yet
	What P `json:",embed"`
}

// cause is the header that the events of the due are derived from.
func (d Due[P]) cause() event.Header {
	return event.Header{ID: d.ID, CorrelationID: d.CorrelationID, Hop: d.Hop, TraceParent: d.TraceParent}
}

// Owed is what a value owes by the functions that publish it, for a value that
// several functions share. An event's id is derived from its publisher, so no other
// function may publish it.
type Owed[P any] map[string]Due[P]

// By returns what the function owes; nil for nothing.
func (o Owed[P]) By(function string) *Due[P] {
	if due, ok := o[function]; ok {
		return &due
	}
	return nil
}

// Set replaces what the function owes; nil strikes it off.
func (o *Owed[P]) Set(function string, due *Due[P]) {
	switch {
	case due != nil && *o == nil:
		*o = Owed[P]{function: *due}
	case due != nil:
		(*o)[function] = *due
	default:
		if delete(*o, function); len(*o) == 0 {
			*o = nil
		}
	}
}

// Outbox updates values that owe events. What a decision owes is stored with the
// value, in one write; then it is published; then it is struck off. Whoever stops in
// between has it published again by the next update of the key, with the ids that it
// has had from the start.
type Outbox[T, P any] struct {
	Values Values[T]
	// Owed returns what the value owes by this function, nil for nothing, and Owe
	// replaces it. They read and write a field of the value.
	Owed func(*T) *Due[P]
	Owe  func(*T, *Due[P])
	// Publish puts what follows from the cause on the bus. It may be called again for
	// the same cause.
	Publish func(ctx context.Context, cause event.Header, what P) error
}

// Update lets decide change the value because of an event, publishes what the value
// owes, and reports whether that included something of this event. decide returns
// whether it changed the value and what follows from that, nil for nothing. It is
// called again after each write and must recognize an event that it has decided on.
func (o Outbox[T, P]) Update(ctx context.Context, key string, cause event.Header, decide func(*T) (changed bool, follows *P, err error)) (published bool, err error) {
	for {
		more := false
		_, err := o.Values.Update(ctx, key, func(value *T) (bool, error) {
			due := o.Owed(value)
			more = due != nil
			if due != nil {
				if err := o.Publish(ctx, due.cause(), due.What); err != nil {
					return false, err
				}
				published = published || due.ID == cause.ID
				o.Owe(value, nil)
				return true, nil
			}
			changed, follows, err := decide(value)
			if err != nil || follows == nil {
				return changed, err
			}
			more = true
			o.Owe(value, &Due[P]{
				ID: cause.ID, CorrelationID: cause.CorrelationID, Hop: cause.Hop, TraceParent: cause.TraceParent, What: *follows,
			})
			return true, nil
		})
		if err != nil || !more {
			return published, err
		}
	}
}
