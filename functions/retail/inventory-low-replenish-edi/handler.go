package main

import (
	"context"
	"time"

	"signalbox/shared/connector/edi"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/process"
)

type gateway interface {
	Supplies(sku string) bool
	Terms(sku string) (supplier string, answerWithin time.Duration)
	Send(ctx context.Context, o edi.Order) error
}

type orders interface {
	Sent(ctx context.Context, cause event.Header, channel, supplier string, within time.Duration, low retail.InventoryLow) error
	Due(ctx context.Context, fired event.Event[process.Fired]) error
}

type handler struct {
	gateway gateway
	orders  orders
	// number gives each event a number of its own, the same for every delivery.
	number func(ctx context.Context, eventID string, most int64) (int64, error)
}

// Handle sends one purchase order per event. It depends on nothing that a
// repetition could find changed but the settings, so a resend is the same
// interchange. The order is noted before it is sent, so that its answer cannot be
// missed. A SKU of no EDI supplier is left to others and counted.
func (h handler) Handle(ctx context.Context, e event.Event[retail.InventoryLow]) error {
	sku := e.Data.Level.SKU
	if !h.gateway.Supplies(sku) {
		return function.Ignore("no-edi-supplier")
	}
	supplier, within := h.gateway.Terms(sku)
	if err := h.orders.Sent(ctx, e.Header, edi.System, supplier, within, e.Data); err != nil {
		return err
	}
	number, err := h.number(ctx, e.ID, edi.MaxNumber)
	if err != nil {
		return err
	}
	return h.gateway.Send(ctx, edi.Order{ID: e.ID, Number: number, At: e.Data.At, SKU: sku})
}

// Fire reports an order that nothing answered within the supplier's time.
func (h handler) Fire(ctx context.Context, e event.Event[process.Fired]) error {
	return h.orders.Due(ctx, e)
}
