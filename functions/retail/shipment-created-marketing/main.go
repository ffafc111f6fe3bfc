// Command shipment-created-marketing is the Lambda function that has Klaviyo notify the
// customer that a parcel is on its way.
package main

import (
	"context"

	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/retail/notification"
)

func main() {
	queue.Start("shipment-created-marketing", func(_ context.Context, env function.Env) (queue.Handler[retail.ShipmentCreated], error) {
		customers, err := notification.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{customers}.handle, nil
	})
}
