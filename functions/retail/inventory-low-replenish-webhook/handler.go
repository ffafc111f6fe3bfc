package main

import (
	"context"
	"time"

	"signalbox/shared/connector/webhook"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/process"
)

type suppliers interface {
	Supplies(sku string) bool
	Terms(sku string) (supplier string, answerWithin time.Duration)
	Send(ctx context.Context, o webhook.Order) error
}

type orders interface {
	Sent(ctx context.Context, cause event.Header, channel, supplier string, within time.Duration, low retail.InventoryLow) error
	Due(ctx context.Context, fired event.Event[process.Fired]) error
}

type handler struct {
	suppliers suppliers
	orders    orders
}

// Handle sends one purchase request per event, under the event's id. The
// request is noted before it is sent, so that its answer cannot be missed. A SKU of
// no webhook supplier is left to others and counted.
func (h handler) Handle(ctx context.Context, e event.Event[retail.InventoryLow]) error {
	sku := e.Data.Level.SKU
	if !h.suppliers.Supplies(sku) {
		return function.Ignore("no-webhook-supplier")
	}
	supplier, within := h.suppliers.Terms(sku)
	if err := h.orders.Sent(ctx, e.Header, webhook.System, supplier, within, e.Data); err != nil {
		return err
	}
	return h.suppliers.Send(ctx, webhook.Order{ID: e.ID, At: e.Data.At, SKU: sku})
}

// Fire reports an order that nothing answered within the supplier's time.
func (h handler) Fire(ctx context.Context, e event.Event[process.Fired]) error {
	return h.orders.Due(ctx, e)
}
