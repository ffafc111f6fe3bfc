// Command shipment-created-marketing is the Lambda function that has Klaviyo tell the
// customer that a parcel is on its way.
package main

import (
	"context"

	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
	"signalbox/shared/parcelnews"
)

func main() {
	consumer.Start("shipment-created-marketing", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.ShipmentCreated], error) {
		desk, err := parcelnews.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{desk}.handle, nil
	})
}
