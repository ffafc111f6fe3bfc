package main

import (
	"context"

	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/retail/notification"
)

type handler struct {
	customers notification.Customers
}

func (h handler) handle(ctx context.Context, e event.Event[retail.ShipmentCreated]) error {
	return h.customers.Shipped(ctx, e.Header, e.Data.OrderID, klaviyo.Shipment{
		Metric: klaviyo.FulfilledOrder, Carrier: e.Data.Carrier, TrackingNumber: e.Data.TrackingNumber,
	})
}
