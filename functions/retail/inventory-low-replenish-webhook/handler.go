package main

import (
	"context"

	"signalbox/shared/connector/webhook"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type suppliers interface {
	Supplies(sku string) bool
	Send(ctx context.Context, o webhook.Order) error
}

type handler struct {
	suppliers suppliers
}

// handle sends one purchase request per event, with the event's id. A SKU without a
// webhook supplier is ignored and counted.
func (h handler) handle(ctx context.Context, e event.Event[retail.InventoryLow]) error {
	sku := e.Data.Level.SKU
	if !h.suppliers.Supplies(sku) {
		return function.Ignore("no-webhook-supplier")
	}
	return h.suppliers.Send(ctx, webhook.Order{ID: e.ID, At: e.Data.At, SKU: sku})
}
