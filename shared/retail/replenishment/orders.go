package replenishment

import (
	"cmp"
	"context"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/process"
	"signalbox/shared/state"
)

// Keep is how long the orders for an entry are kept after they last changed.
const Keep = 180 * 24 * time.Hour

// Orders are the purchase orders, as one function sees them.
type Orders struct {
	Runner process.Runner[State, Event]
}

// New returns the orders as the function of env sees them; timers are nil for one
// that sends none.
func New(env function.Env, timers process.Timers) Orders {
	return Orders{process.Runner[State, Event]{
		Process: Process, Function: env.Function.Name, Emitter: env, Timers: timers,
		Store: state.Of[process.Record](env.State, Process.Name, Keep),
	}}
}

// Sent notes the order that the low level is about to cause by the channel, to be
// answered within the given time, AnswerWithin if that is 0. Noting it again is
// harmless. The time runs from when the level was reported.
func (o Orders) Sent(ctx context.Context, cause event.Header, channel, supplier string, within time.Duration, low retail.InventoryLow) error {
	at := low.At.UTC()
	_, err := o.Runner.Handle(ctx, low.Level.EntryID, cause, Sent{Order{
		Purchase: retail.Purchase{
			ID: cause.ID, Channel: channel, Supplier: supplier, OrderedAt: at, DueAt: at.Add(cmp.Or(within, AnswerWithin)),
		},
		Level: low.Level, Threshold: low.Threshold,
	}})
	return err
}

// Seen notes a level and reports whether it answered an order.
func (o Orders) Seen(ctx context.Context, e event.Event[retail.InventoryChanged]) (bool, error) {
	now, err := o.Runner.Handle(ctx, e.Data.Level.EntryID, e.Header, Seen{e.Data, e.Time})
	for _, order := range now.Orders {
		if order.Answered == e.Data.Level.Version {
			return true, err
		}
	}
	return false, err
}

// Due reports an order that nothing answered in time.
func (o Orders) Due(ctx context.Context, fired event.Event[process.Fired]) error {
	_, err := o.Runner.Fire(ctx, fired)
	return err
}
