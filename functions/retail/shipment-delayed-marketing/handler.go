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

func (h handler) handle(ctx context.Context, e event.Event[retail.ShipmentDelayed]) error {
	return h.customers.Reported(ctx, e.Header, e.Data.Parcel, klaviyo.Shipment{
		Metric: klaviyo.DelayedShipment, Reason: e.Data.Reason, EstimatedAt: e.Data.EstimatedAt,
	})
}
