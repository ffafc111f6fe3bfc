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
	MarkDelivered(ctx context.Context, orderID, trackingNumber string, arrived []string) error
}

type handler struct {
	orders    orders
	shipments shipping.Shipments
}

// handle records the parcel's arrival before it reads the order, so that of two parcels
// that arrive at the same time at least the later one sees both. A carrier's account also
// ships other goods: a parcel without an order of the shop, or in none of the order's
// deliveries (such as a return), is ignored.
func (h handler) handle(ctx context.Context, e event.Event[retail.ShipmentDelivered]) error {
	p := e.Data.Parcel
	id, err := shipping.OrderOf(ctx, h.orders, p)
	if err != nil {
		return err
	}
	arrived, err := h.shipments.Arrived(ctx, id, p.TrackingNumber)
	if err != nil {
		return err
	}
	err = h.orders.MarkDelivered(ctx, id, p.TrackingNumber, arrived)
	if errors.Is(err, commercetools.ErrForeignParcel) {
		return function.Ignore("parcel-unknown")
	}
	return err
}
