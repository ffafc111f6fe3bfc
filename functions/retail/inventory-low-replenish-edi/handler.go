package main

import (
	"context"

	"signalbox/shared/connector/edi"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type gateway interface {
	Supplies(sku string) bool
	Send(ctx context.Context, o edi.Order) error
}

type handler struct {
	gateway gateway
	// number assigns a unique number to each event, the same for every delivery.
	number func(ctx context.Context, eventID string, most int64) (int64, error)
}

// handle sends one purchase order per event. Its content depends only on the event and
// the settings, so a resend is the same interchange. A SKU without an EDI supplier is
// ignored and counted.
func (h handler) handle(ctx context.Context, e event.Event[retail.InventoryLow]) error {
	sku := e.Data.Level.SKU
	if !h.gateway.Supplies(sku) {
		return function.Ignore("no-edi-supplier")
	}
	number, err := h.number(ctx, e.ID, edi.MaxNumber)
	if err != nil {
		return err
	}
	return h.gateway.Send(ctx, edi.Order{ID: e.ID, Number: number, At: e.Data.At, SKU: sku})
}
