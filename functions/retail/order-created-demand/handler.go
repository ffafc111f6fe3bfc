package main

import (
	"context"
	"maps"
	"slices"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type counter interface {
	Order(ctx context.Context, cause event.Header, sku, order string, at time.Time, pieces int64) (bool, error)
}

type handler struct {
	watches func(sku string) bool
	counter counter
}

// handle counts the pieces of every watched SKU in the order, once per order and
// SKU: broken off in between, the next try counts the rest. An order that does not
// change the class of demand for any is counted and ignored, as one that was
// counted before, or is older than the window, is ignored.
func (h handler) handle(ctx context.Context, e event.Event[retail.OrderCreated]) error {
	o := e.Data.Order
	pieces := map[string]int64{}
	for _, line := range o.Lines {
		if line.SKU != "" && h.watches(line.SKU) {
			pieces[line.SKU] += line.Quantity
		}
	}
	if len(pieces) == 0 {
		return function.Ignore("no-watched-sku")
	}
	changed := false
	for _, sku := range slices.Sorted(maps.Keys(pieces)) {
		published, err := h.counter.Order(ctx, e.Header, sku, o.ID, o.PlacedAt, pieces[sku])
		if err != nil {
			return err
		}
		changed = changed || published
	}
	if !changed {
		return function.Ignore("no-change")
	}
	return nil
}
