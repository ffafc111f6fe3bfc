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

// handle marks the order as cancelled, so that it is not shipped any more, and cancels
// its shipment. A shipment that is being created and that FedEx does not show yet is
// cancelled by order-approved-shipping, which reads the mark after it has created it. If
// FedEx has already picked up the parcel, the error is fedex.Gone: a person must stop the
// parcel or expect it back.
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
