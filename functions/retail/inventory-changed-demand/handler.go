package main

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type counter interface {
	Level(ctx context.Context, cause event.Header, l retail.InventoryChanged) (bool, error)
}

type handler struct {
	watches func(sku string) bool
	counter counter
}

// handle takes the level of a watched SKU in and has demand judged by it. Demand
// that fell to nothing causes no event of its own: this one finds the
// orders out of the window. A level that does not change the class of demand is
// taken in, unless a newer one was, and ignored.
func (h handler) handle(ctx context.Context, e event.Event[retail.InventoryChanged]) error {
	if !h.watches(e.Data.Level.SKU) {
		return function.Ignore("no-watched-sku")
	}
	changed, err := h.counter.Level(ctx, e.Header, e.Data)
	if err != nil {
		return err
	}
	if !changed {
		return function.Ignore("no-change")
	}
	return nil
}
