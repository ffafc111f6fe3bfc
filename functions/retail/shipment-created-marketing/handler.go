package main

import (
	"context"

	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/retail/notification"
)

type handler struct {
	desk notification.Desk
}

func (h handler) handle(ctx context.Context, e event.Event[retail.ShipmentCreated]) error {
	return h.desk.Shipped(ctx, e.Header, e.Data.OrderID, klaviyo.Shipment{
		Metric: klaviyo.FulfilledOrder, Carrier: e.Data.Carrier, TrackingNumber: e.Data.TrackingNumber,
	})
}
