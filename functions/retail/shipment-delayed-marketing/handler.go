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

func (h handler) handle(ctx context.Context, e event.Event[retail.ShipmentDelayed]) error {
	return h.desk.Reported(ctx, e.Header, e.Data.Parcel, klaviyo.Shipment{
		Metric: klaviyo.DelayedShipment, Reason: e.Data.Reason, EstimatedAt: e.Data.EstimatedAt,
	})
}
