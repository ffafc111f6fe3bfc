package main

import (
	"context"
	"time"

	"signalbox/shared/connector/fedex"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/retail/shipping"
)

type carrier interface {
	FindShipment(ctx context.Context, eventID string, since, at time.Time) (fedex.Shipment, bool, error)
	CreateShipment(ctx context.Context, eventID string, order retail.Order) (fedex.Shipment, error)
	Withdraw(ctx context.Context, eventID, trackingNumber string, since, at time.Time) error
}

type handler struct {
	carrier   carrier
	shipments shipping.Shipments
	emit      func(context.Context, event.Header, ...event.Payload) error
	now       func() time.Time
}

// handle ships all lines of an order in one shipment. An order without a shipping
// address, such as one of vouchers, is ignored. A cancelled order is not shipped; if it
// is cancelled while FedEx creates the shipment, the shipment is cancelled too. See
// package shipping.
func (h handler) handle(ctx context.Context, e event.Event[retail.OrderApproved]) error {
	if e.Data.Order.ShipTo == nil {
		return function.Ignore("nothing-to-ship")
	}
	return queue.Effect[retail.OrderApproved, fedex.Shipment]{Ask: h.ask, Act: h.act, Then: h.then}.Handle(ctx, e)
}

func (h handler) ask(ctx context.Context, e event.Event[retail.OrderApproved]) (fedex.Shipment, bool, error) {
	return h.carrier.FindShipment(ctx, e.ID, e.Time, h.now())
}

func (h handler) act(ctx context.Context, e event.Event[retail.OrderApproved]) (fedex.Shipment, error) {
	is, err := h.shipments.Begin(ctx, e.Data.Order.ID, e.ID, e.Time)
	switch {
	case err != nil:
		// FedEx was not asked for anything, whatever became of the is.
		f := *fault.Of(err)
		f.Ambiguous = false
		return fedex.Shipment{}, &f
	case is.Cancelled:
		return fedex.Shipment{}, function.Ignore("order-cancelled")
	case is.Event != e.ID:
		return fedex.Shipment{}, function.Ignore("shipped-by-another-approval")
	}
	return h.carrier.CreateShipment(ctx, e.ID, e.Data.Order)
}

// then publishes the shipment. That of an order that was cancelled meanwhile is taken
// back and not published, unless FedEx has the parcel already: then it is on its way,
// which is published, and the event is dead-lettered so that a person learns of it.
func (h handler) then(ctx context.Context, e event.Event[retail.OrderApproved], s fedex.Shipment) error {
	order := e.Data.Order
	is, err := h.shipments.Made(ctx, order.ID, e.ID, s.TrackingNumber)
	if err != nil {
		return err
	}
	var gone error
	if is.Cancelled {
		gone = h.carrier.Withdraw(ctx, e.ID, s.TrackingNumber, e.Time, h.now())
		if gone == nil {
			return function.Ignore("order-cancelled")
		}
		if fault.Of(gone).Reason != fedex.Gone {
			return gone
		}
	}
	created := retail.ShipmentCreated{OrderID: order.ID, OrderNumber: order.Number, Carrier: "FedEx", TrackingNumber: s.TrackingNumber}
	for _, l := range order.Lines {
		created.Lines = append(created.Lines, retail.ShippedLine{ID: l.ID, Quantity: l.Quantity})
	}
	if err := h.emit(ctx, e.Header, created); err != nil {
		return err
	}
	return gone
}
