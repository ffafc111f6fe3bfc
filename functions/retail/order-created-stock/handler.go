package main

import (
	"context"
	"slices"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type shop interface {
	Levels(ctx context.Context, skus []string) ([]retail.Level, error)
}

type handler struct {
	shop shop
	emit func(context.Context, event.Header, ...event.Payload) error
}

// handle emits inventory.changed for every inventory entry of every SKU in the
// order. commercetools reserves or takes the stock itself, sends no message when
// it does, and may show the new level some seconds later only; a change of the
// entry then tells the rest. A SKU without an entry is not kept in stock, and an
// order of such SKUs alone is ignored.
func (h handler) handle(ctx context.Context, e event.Event[retail.OrderCreated]) error {
	var skus []string
	for _, line := range e.Data.Order.Lines {
		if line.SKU != "" {
			skus = append(skus, line.SKU)
		}
	}
	slices.Sort(skus)
	if skus = slices.Compact(skus); len(skus) == 0 {
		return function.Ignore("no-sku")
	}
	levels, err := h.shop.Levels(ctx, skus)
	if err != nil {
		return err
	}
	if len(levels) == 0 {
		return function.Ignore("no-inventory-entry")
	}
	var changed []event.Payload
	for _, level := range levels {
		changed = append(changed, retail.InventoryChanged{Level: level})
	}
	// Read again for the same order, the levels may be others.
	cause := e.Header
	cause.Refetched = true
	return h.emit(ctx, cause, changed...)
}
