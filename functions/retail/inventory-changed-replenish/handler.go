package main

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type orders interface {
	Seen(ctx context.Context, e event.Event[retail.InventoryChanged]) (bool, error)
}

type handler struct {
	orders orders
}

// handle answers the purchase orders for the entry whose threshold the level is
// above. Levels come in any order: an older one than the order's answers nothing.
func (h handler) handle(ctx context.Context, e event.Event[retail.InventoryChanged]) error {
	answered, err := h.orders.Seen(ctx, e)
	if err == nil && !answered {
		return function.Ignore("no-order-answered")
	}
	return err
}
