// Command shipment-delayed-tracking is the Lambda function that sets the
// commercetools order of a late parcel to Delayed.
package main

import (
	"context"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/consumer"
	"signalbox/shared/dispatch"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("shipment-delayed-tracking", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.ShipmentDelayed], error) {
		client, err := commercetools.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{orders: client, desk: dispatch.Desk{Notes: env}}.handle, nil
	})
}
