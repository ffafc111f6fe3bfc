package main

import (
	"context"
	"time"

	"signalbox/shared/connector/fedex"
	"signalbox/shared/consumer"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

type carrier interface {
	FindShipment(ctx context.Context, eventID string, since, at time.Time) (fedex.Shipment, bool, error)
	CreateShipment(ctx context.Context, eventID string, order retail.Order) (fedex.Shipment, error)
}

type handler struct {
	carrier carrier
	emit    func(context.Context, event.Header, ...event.Payload) error
	now     func() time.Time
}

// handle ships everything an order holds in one shipment. An order that has
// nowhere to go, such as one of vouchers, is left alone.
func (h handler) handle(ctx context.Context, e event.Event[retail.OrderApproved]) error {
	if e.Data.Order.ShipTo == nil {
		return consumer.Ignore("nothing-to-ship")
	}
	return consumer.Effect[retail.OrderApproved, fedex.Shipment]{Ask: h.ask, Act: h.act, Then: h.then}.Handle(ctx, e)
}

func (h handler) ask(ctx context.Context, e event.Event[retail.OrderApproved]) (fedex.Shipment, bool, error) {
	return h.carrier.FindShipment(ctx, e.ID, e.Time, h.now())
}

func (h handler) act(ctx context.Context, e event.Event[retail.OrderApproved]) (fedex.Shipment, error) {
	return h.carrier.CreateShipment(ctx, e.ID, e.Data.Order)
}

func (h handler) then(ctx context.Context, e event.Event[retail.OrderApproved], s fedex.Shipment) error {
	order := e.Data.Order
	created := retail.ShipmentCreated{OrderID: order.ID, OrderNumber: order.Number, Carrier: "FedEx", TrackingNumber: s.TrackingNumber}
	for _, l := range order.Lines {
		created.Lines = append(created.Lines, retail.ShippedLine{ID: l.ID, Quantity: l.Quantity})
	}
	return h.emit(ctx, e.Header, created)
}
