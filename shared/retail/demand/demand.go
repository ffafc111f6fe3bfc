// Package demand counts what is sold of a SKU and judges it by what there is: the
// share of both that was sold within a window is slow, normal or high. Several
// functions count in one state per SKU, so each kind of event that says something
// about demand has a function of its own.
//
//	counter := demand.New(env, rules)
//	changed, err := counter.Order(ctx, e.Header, sku, order.ID, order.PlacedAt, pieces)
//
// # Delivery
//
// An order is counted once and a level taken in once, in whatever order and how
// often they come: the state remembers orders by name and levels by version. A
// change of class is stored together with the count that caused it and published
// from an outbox, as an event of the event that caused it.
//
// # Time
//
// The clock is that of the events: the window ends with the newest event of the
// SKU. So time alone changes nothing. That demand fell shows with the next stock
// event of the SKU, and commercetools sends those for every count of stock.
//
// # Limits
//
// A state has at most 40 KB: 744 hours, 1,000 orders by name, 100 inventory
// entries. All orders of a SKU update one state, some tens a second; an event that
// meets other writers for too long goes back to its queue.
package demand

import (
	"context"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/state"
)

// scope is that of the state.
const scope = "demand"

// Counter counts for one function.
type Counter struct {
	rules  Rules
	outbox state.Outbox[tally, change]
	// now is the clock. What claims to be of the future is taken to be of now, or one
	// wrong date would put every order after it out of the window.
	now func() time.Time
}

// New returns the counter of the function that env is of.
func New(env function.Env, r Rules) Counter {
	return newCounter(env.Function.Name, r, env.State, env.Emit, env.Now)
}

func newCounter(name string, r Rules, store state.Store, emit func(context.Context, event.Header, ...event.Payload) error, now func() time.Time) Counter {
	return Counter{rules: r, now: now, outbox: state.Outbox[tally, change]{
		Values:  state.Of[tally](store, scope, state.Forever),
		Owed:    func(t *tally) *state.Due[change] { return t.Owed.By(name) },
		Owe:     func(t *tally, due *state.Due[change]) { t.Owed.Set(name, due) },
		Publish: func(ctx context.Context, cause event.Header, c change) error { return emit(ctx, cause, c.Changed) },
	}}
}

// Order counts pieces of a SKU in an order, once and if it is within the window,
// and publishes demand.changed if that changes the class. It reports whether it
// published that because of this event. Errors are Retryable, except for a state
// that cannot be read.
func (c Counter) Order(ctx context.Context, cause event.Header, sku, order string, at time.Time, pieces int64) (bool, error) {
	return c.update(ctx, cause, sku, at, func(t *tally, at time.Time) { t.order(c.rules, order, at, pieces) })
}

// Level takes a level in, unless a newer one of the entry was, and publishes
// demand.changed if that, or the time that went by, changes the class. It reports
// whether it published that because of this event. Errors are as those of Order.
func (c Counter) Level(ctx context.Context, cause event.Header, l retail.InventoryChanged) (bool, error) {
	return c.update(ctx, cause, l.Level.SKU, cause.Time, func(t *tally, at time.Time) { t.level(c.rules, l, at) })
}

func (c Counter) update(ctx context.Context, cause event.Header, sku string, at time.Time, take func(*tally, time.Time)) (bool, error) {
	if now := c.now(); at.After(now) {
		at = now
	}
	return c.outbox.Update(ctx, sku, cause, func(t *tally) (bool, *change, error) {
		take(t, at)
		if changed, ok := t.judge(c.rules, sku, at); ok {
			return true, &change{changed}, nil
		}
		return true, nil, nil
	})
}
