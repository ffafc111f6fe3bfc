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
// order. commercetools reserves or takes the stock itself, without a message, and may
// show the new level only some seconds later; a notification about the changed entry
// then reports it. A SKU without an entry has no stock, and an order with only such
// SKUs is ignored.
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
	// A repetition may read different levels for the same order.
	cause := e.Header
	cause.Refetched = true
	return h.emit(ctx, cause, changed...)
}
