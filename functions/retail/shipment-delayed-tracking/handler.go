package main

import (
	"context"
	"errors"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/retail/shipping"
)

type orders interface {
	shipping.Orders
	MarkDelayed(ctx context.Context, orderID, trackingNumber string) error
}

type handler struct {
	orders    orders
	shipments shipping.Shipments
}

// handle ignores parcels that have arrived, since carriers' reports come in any order,
// and parcels that are not the shop's, like shipment-delivered-tracking.
func (h handler) handle(ctx context.Context, e event.Event[retail.ShipmentDelayed]) error {
	p := e.Data.Parcel
	id, err := shipping.OrderOf(ctx, h.orders, p)
	if err != nil {
		return err
	}
	arrived, err := h.shipments.HasArrived(ctx, id, p.TrackingNumber)
	if err != nil {
		return err
	}
	if arrived {
		return function.Ignore("delivered-already")
	}
	err = h.orders.MarkDelayed(ctx, id, p.TrackingNumber)
	if errors.Is(err, commercetools.ErrForeignParcel) {
		return function.Ignore("parcel-unknown")
	}
	return err
}
