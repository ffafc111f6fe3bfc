package main

import (
	"context"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

type orders interface {
	AddDelivery(ctx context.Context, orderID string, d commercetools.Delivery) error
}

type handler struct {
	orders orders
}

func (h handler) handle(ctx context.Context, e event.Event[retail.ShipmentCreated]) error {
	d := commercetools.Delivery{
		// The event's id is the same however often the shipment is announced.
		Key:        "signalbox-" + e.ID,
		TrackingID: e.Data.TrackingNumber,
		Carrier:    e.Data.Carrier,
	}
	for _, line := range e.Data.Lines {
		d.Items = append(d.Items, commercetools.DeliveryItem{ID: line.ID, Quantity: line.Quantity})
	}
	return h.orders.AddDelivery(ctx, e.Data.OrderID, d)
}
