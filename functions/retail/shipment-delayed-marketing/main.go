// Command shipment-delayed-marketing is the Lambda function that has Klaviyo tell the
// customer that a parcel is late.
package main

import (
	"context"

	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
	"signalbox/shared/parcelnews"
)

func main() {
	consumer.Start("shipment-delayed-marketing", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.ShipmentDelayed], error) {
		desk, err := parcelnews.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{desk}.handle, nil
	})
}
