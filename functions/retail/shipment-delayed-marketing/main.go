// Command shipment-delayed-marketing is the Lambda function that has Klaviyo notify the
// customer that a parcel is late.
package main

import (
	"context"

	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/retail/notification"
)

func main() {
	queue.Start("shipment-delayed-marketing", func(_ context.Context, env function.Env) (queue.Handler[retail.ShipmentDelayed], error) {
		customers, err := notification.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{customers}.handle, nil
	})
}
