// Command shipment-delivered-tracking is the Lambda function that sets the
// commercetools order of parcels that arrived to Delivered.
package main

import (
	"context"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/retail/shipping"
)

func main() {
	queue.Start("shipment-delivered-tracking", func(_ context.Context, env function.Env) (queue.Handler[retail.ShipmentDelivered], error) {
		client, err := commercetools.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{orders: client, shipments: shipping.New(env.State)}.handle, nil
	})
}
