package main

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/state"
)

type handler struct {
	rules  rules
	outbox state.Outbox[watched, crossing]
}

// newHandler returns the handler that keeps its state in the store.
func newHandler(r rules, store state.Store, emit func(context.Context, event.Header, ...event.Payload) error) handler {
	return handler{rules: r, outbox: state.Outbox[watched, crossing]{
		Values: state.Of[watched](store, "inventory-changed-watch", state.Forever),
		Owed:   func(w *watched) *state.Due[crossing] { return w.Owed },
		Owe:    func(w *watched, due *state.Due[crossing]) { w.Owed = due },
		Publish: func(ctx context.Context, cause event.Header, c crossing) error {
			return emit(ctx, cause, c.events()...)
		},
	}}
}

// watched is the state of an inventory entry.
type watched struct {
	// Sequence is that of the newest level seen.
	Sequence int64 `json:"sequence"`
	Low      bool  `json:"low,omitzero"`
	SoldOut  bool  `json:"soldOut,omitzero"`
	// Owed is the crossing that was decided and may not have been published yet.
	Owed *state.Due[crossing] `json:"owed,omitzero"`
}

// crossing is what a level crossed. One level may cross both the threshold and
// nothing.
type crossing struct {
	Low       *retail.InventoryLow       `json:"low,omitzero"`
	SoldOut   *retail.InventorySoldOut   `json:"soldOut,omitzero"`
	Restocked *retail.InventoryRestocked `json:"restocked,omitzero"`
}

// handle emits inventory.low once per fall to the threshold, inventory.sold-out
// once when nothing is left and inventory.restocked once when there is something
// again, in whatever order and how often levels come. All are of one inventory
// entry, that is of a SKU at one place: who wants to know of the SKU everywhere
// adds its entries up. A crossing is decided once and published from an outbox, by
// the event that caused it. A level that causes no crossing is stored and counted
// as ignored.
func (h handler) handle(ctx context.Context, e event.Event[retail.InventoryChanged]) error {
	published, err := h.outbox.Update(ctx, e.Data.Level.EntryID, e.Header, func(w *watched) (bool, *crossing, error) {
		if e.Data.Level.Version <= w.Sequence {
			return false, nil, nil
		}
		return true, h.decide(w, e), nil
	})
	if err == nil && !published {
		err = function.Ignore("no-crossing")
	}
	return err
}

// decide brings the state to the level and returns what it crossed, nil for nothing.
func (h handler) decide(w *watched, e event.Event[retail.InventoryChanged]) *crossing {
	level, at := e.Data.Level, e.Time.UTC()
	r := h.rules.of(level.SKU)
	was := *w
	*w = watched{Sequence: level.Version, Low: r.low(was.Low, e.Data), SoldOut: r.soldOut(was.SoldOut, e.Data)}
	var c crossing
	if w.Low && !was.Low {
		c.Low = &retail.InventoryLow{Level: level, Threshold: r.Threshold, At: at}
	}
	switch {
	case w.SoldOut && !was.SoldOut:
		c.SoldOut = &retail.InventorySoldOut{Level: level, At: at}
	case was.SoldOut && !w.SoldOut && !r.Off:
		c.Restocked = &retail.InventoryRestocked{Level: level, At: at}
	}
	if len(c.events()) == 0 {
		return nil
	}
	return &c
}

// events are those of the crossing.
func (c crossing) events() []event.Payload {
	var all []event.Payload
	if c.Low != nil {
		all = append(all, *c.Low)
	}
	if c.SoldOut != nil {
		all = append(all, *c.SoldOut)
	}
	if c.Restocked != nil {
		all = append(all, *c.Restocked)
	}
	return all
}
