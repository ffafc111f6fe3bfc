package main

import (
	"context"
	"time"

	"signalbox/shared/connector/fedex"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/retail/shipping"
)

type carrier interface {
	FindShipment(ctx context.Context, eventID string, since, at time.Time) (fedex.Shipment, bool, error)
	Withdraw(ctx context.Context, eventID, trackingNumber string, since, at time.Time) error
}

type handler struct {
	carrier   carrier
	shipments shipping.Shipments
	now       func() time.Time
}

// handle marks the order as called off, after which nothing of it is shipped any
// more, and cancels what was shipped before. A shipment that is just being made
// and that FedEx does not show yet is left to order-approved-shipping, which sees
// the mark when it has made it. A parcel that FedEx has already is refused as
// fedex.Gone: somebody must stop it or expect it back.
func (h handler) handle(ctx context.Context, e event.Event[retail.OrderCancelled]) error {
	is, err := h.shipments.Cancel(ctx, e.Data.OrderID)
	if err != nil {
		return err
	}
	if is.Event == "" {
		return function.Ignore("nothing-shipped")
	}
	number := is.TrackingNumber
	if number == "" {
		s, found, err := h.carrier.FindShipment(ctx, is.Event, is.Asked, h.now())
		if err != nil {
			return err
		}
		if !found {
			return function.Ignore("left-to-shipping")
		}
		number = s.TrackingNumber
	}
	return h.carrier.Withdraw(ctx, is.Event, number, is.Asked, h.now())
}
