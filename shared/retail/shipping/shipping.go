// Package shipping is what the functions that ship an order and the one that
// cancels its shipment agree on. Events come in any order and any number of times:
// an order may be cancelled before it is approved, while the carrier creates the
// shipment, or after.
//
//	shipments := shipping.New(env.State)
//	s, err := shipments.Begin(ctx, orderID, eventID, eventTime) // before the carrier is asked
//	if err != nil || s.Cancelled {
//		return err // Nothing may be shipped.
//	}
//	number, err := carrier.CreateShipment(ctx, order)
//	s, err = shipments.Made(ctx, orderID, eventID, number)
//	if s.Cancelled {
//		// The order was cancelled meanwhile: take the shipment back.
//	}
//
// Both sides update one state per order, and only in place of the state they read.
// Whoever ships begins before the carrier is asked and stores the tracking number
// after; whoever cancels marks the state for good. So one of two things is true at
// any time: the mark was there when the shipment was begun or made, and who ships
// sees it and makes no shipment or takes it back; or the shipment was made before
// the mark, and who cancels finds its tracking number.
//
// What each side finds is decided by [Decide] alone, a process of package process.
package shipping

import (
	"context"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/process"
	"signalbox/shared/state"
)

// Scopes of the state in the ledger.
const (
	scope         = "dispatch"
	arrivalsScope = "arrival"
)

// Keep is how long the state of an order is kept after its last update; an order is
// neither shipped nor cancelled later than that.
const Keep = 180 * 24 * time.Hour

// State is what is known of the shipping of one order.
type State struct {
	// Event is the id of the event that asked for the shipment; empty where none did.
	Event string `json:"event,omitzero"`
	// Asked is the time of that event.
	Asked time.Time `json:"asked,omitzero"`
	// TrackingNumber is the shipment's once the carrier gave it.
	TrackingNumber string `json:"trackingNumber,omitzero"`
	// Cancelled is set when the order was cancelled, and never unset.
	Cancelled bool `json:"cancelled,omitzero"`
}

// Shipments keeps the state of the shipping of orders. It is safe for concurrent use
// by any number of processes.
type Shipments struct {
	process  process.Runner[State, Event]
	arrivals state.Values[[]string]
}

// New returns the shipments that the store keeps.
func New(store state.Store) Shipments {
	return Shipments{
		process: process.Runner[State, Event]{
			Process: process.Process[State, Event]{Name: scope, Decide: Decide},
			Store:   state.Of[process.Record](store, scope, Keep),
		},
		arrivals: state.Of[[]string](store, arrivalsScope, Keep),
	}
}

// Begin stores, before a shipment is asked for, that the event with the given id and
// time asks for it. The state that it returns is Cancelled if nothing may be
// shipped, and of another event if that one ships the order. Beginning again for the
// same event is harmless. A failure is Retryable and nothing was shipped.
func (s Shipments) Begin(ctx context.Context, order, eventID string, at time.Time) (State, error) {
	return s.process.Handle(ctx, order, event.Header{}, Begun{Event: eventID, At: at})
}

// Made stores the tracking number of the shipment that was made. The state that it
// returns is Cancelled if the caller must take the shipment back.
func (s Shipments) Made(ctx context.Context, order, eventID, trackingNumber string) (State, error) {
	return s.process.Handle(ctx, order, event.Header{}, Made{Event: eventID, TrackingNumber: trackingNumber})
}

// Cancel marks that the order was cancelled and returns the state: without an event
// nothing was shipped and nothing will be; with one and no tracking number the
// shipment is being made, and who makes it will see the mark.
func (s Shipments) Cancel(ctx context.Context, order string) (State, error) {
	return s.process.Handle(ctx, order, event.Header{}, Cancelled{})
}
