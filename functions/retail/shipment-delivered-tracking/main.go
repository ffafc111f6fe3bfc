// Command shipment-delivered-tracking is the Lambda function that sets the
// commercetools order of parcels that arrived to Delivered.
package main

import (
	"context"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/consumer"
	"signalbox/shared/dispatch"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("shipment-delivered-tracking", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.ShipmentDelivered], error) {
		client, err := commercetools.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{orders: client, desk: dispatch.Desk{Notes: env}}.handle, nil
	})
}
