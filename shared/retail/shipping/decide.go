package shipping

import (
	"time"

	"signalbox/shared/process"
)

// Event is one of Begun, Made and Cancelled.
type Event any

// Begun says that an event asks for a shipment, before the carrier is asked.
type Begun struct {
	// Event is the id of the event, At its time.
	Event string
	At    time.Time
}

// Made says that the carrier made the shipment that the event asked for.
type Made struct{ Event, TrackingNumber string }

// Cancelled says that the order was cancelled.
type Cancelled struct{}

// Decide says what is known of an order's shipping after an event. The first event
// that asks for a shipment is the one that ships; after the mark of a cancellation
// nothing is begun or made any more. What follows from a state is done by the
// functions themselves, which must ask the carrier before they repeat anything.
func Decide(s State, e Event) process.Decision[State] {
	switch e := e.(type) {
	case Begun:
		if !s.Cancelled && s.Event == "" {
			s.Event, s.Asked = e.Event, e.At.UTC()
		}
	case Made:
		if s.Cancelled {
			break
		}
		// A shipment that was made before its order had a state has one from now on.
		if s.Event == "" {
			s.Event = e.Event
		}
		s.TrackingNumber = e.TrackingNumber
	case Cancelled:
		s.Cancelled = true
	}
	return process.Decision[State]{State: s}
}
