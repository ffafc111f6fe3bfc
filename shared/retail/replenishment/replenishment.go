// Package replenishment waits for the goods of purchase orders. The functions that
// send an order say so before they send it; the function that sees levels says which
// are above the threshold again; the timer of an order that nothing answered says
// that it is overdue.
//
//	orders := replenishment.New(env, timers)
//	err := orders.Sent(ctx, e.Header, "edi", "campfire", 48*time.Hour, e.Data)
//
// Suppliers send no acknowledgement that Signalbox understands yet, so the level
// itself is the answer.
//
// # Limits
//
// A level that overtakes the event of the low level is not seen; the next level
// above the threshold is.
package replenishment

import (
	"maps"
	"slices"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/process"
)

// AnswerWithin is how long a supplier may take whose settings do not say.
const AnswerWithin = 7 * 24 * time.Hour

// State is what is known of the orders for one inventory entry.
type State struct {
	// Orders are the last of each channel.
	Orders map[string]Order `json:"orders,omitzero"`
}

// Order is a purchase order and what became of it.
type Order struct {
	retail.Purchase
	// Level is the low one that it was sent for.
	Level     retail.Level `json:"level"`
	Threshold int64        `json:"threshold"`
	// Answered is the version of the level that answered it; 0 is none.
	Answered int64 `json:"answered,omitzero"`
	// Overdue is set once the time was over without an answer.
	Overdue bool `json:"overdue,omitzero"`
}

// Sent says that an order is about to be sent.
type Sent struct{ Order Order }

// Seen is a level that was seen.
type Seen struct {
	Change retail.InventoryChanged
	At     time.Time
}

// Event is one of Sent, Seen and process.Due.
type Event any

// Process is the process of one inventory entry.
var Process = process.Process[State, Event]{
	Name: "replenishment", Decide: Decide,
	Fired: func(d process.Due) Event { return d },
}

// Decide says what follows from an event. An order that is older than the one of its
// channel, or the same, changes nothing; a level answers the orders for older levels;
// a timer is of the order whose time it was set for.
func Decide(s State, e Event) process.Decision[State] {
	next := process.Decision[State]{State: State{Orders: maps.Clone(s.Orders)}}
	switch e := e.(type) {
	case Sent:
		last, ok := s.Orders[e.Order.Channel]
		if ok && last.Level.Version >= e.Order.Level.Version {
			break
		}
		if next.State.Orders == nil {
			next.State.Orders = map[string]Order{}
		}
		next.State.Orders[e.Order.Channel] = e.Order
		next.Set = []process.Timer{{Name: e.Order.Channel, At: e.Order.DueAt}}
	case Seen:
		var answered []retail.Purchase
		for _, channel := range slices.Sorted(maps.Keys(s.Orders)) {
			o := s.Orders[channel]
			if o.Answered != 0 || !o.answeredBy(e.Change) {
				continue
			}
			o.Answered = e.Change.Level.Version
			next.State.Orders[channel] = o
			next.Cancel = append(next.Cancel, channel)
			answered = append(answered, o.Purchase)
		}
		if len(answered) > 0 && !e.Change.Deleted {
			next.Emit = []event.Payload{retail.InventoryReplenished{Level: e.Change.Level, Purchases: answered, At: e.At.UTC()}}
		}
	case process.Due:
		o, ok := s.Orders[e.Name]
		if !ok || o.Answered != 0 || o.Overdue || !o.DueAt.Equal(e.At) {
			break
		}
		o.Overdue = true
		next.State.Orders[e.Name] = o
		next.Emit = []event.Payload{retail.ReplenishmentOverdue{Level: o.Level, Threshold: o.Threshold, Purchase: o.Purchase}}
	}
	return next
}

// answeredBy reports whether the level is newer than the order's and above the
// threshold, or its entry is gone and nothing is waited for any more.
func (o Order) answeredBy(c retail.InventoryChanged) bool {
	return c.Level.Version > o.Level.Version && (c.Deleted || c.Level.AvailableQuantity > o.Threshold)
}
