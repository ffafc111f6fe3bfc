package main

import (
	"context"
	"errors"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/consumer"
	"signalbox/shared/dispatch"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

type orders interface {
	OrderIDByNumber(ctx context.Context, number string) (string, bool, error)
	MarkDelayed(ctx context.Context, orderID, trackingNumber string) error
}

type handler struct {
	orders orders
	desk   dispatch.Desk
}

// handle leaves alone what arrived already, for carriers' reports come in any
// order, and parcels that are not the shop's, as shipment-delivered-tracking does.
func (h handler) handle(ctx context.Context, e event.Event[retail.ShipmentDelayed]) error {
	p := e.Data.Parcel
	id := p.OrderID
	if id == "" {
		if p.OrderNumber == "" {
			return consumer.Ignore("order-unknown")
		}
		found, ok, err := h.orders.OrderIDByNumber(ctx, p.OrderNumber)
		if err != nil {
			return err
		}
		if !ok {
			return consumer.Ignore("order-unknown")
		}
		id = found
	}
	arrived, err := h.desk.HasArrived(ctx, id, p.TrackingNumber)
	if err != nil {
		return err
	}
	if arrived {
		return consumer.Ignore("delivered-already")
	}
	err = h.orders.MarkDelayed(ctx, id, p.TrackingNumber)
	if errors.Is(err, commercetools.ErrForeignParcel) {
		return consumer.Ignore("parcel-unknown")
	}
	return err
}
