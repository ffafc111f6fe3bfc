// Command shipment-created-tracking is the Lambda function that writes
// delivery, parcel and tracking number back to the commercetools order.
package main

import (
	"context"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("shipment-created-tracking", func(_ context.Context, env function.Env) (queue.Handler[retail.ShipmentCreated], error) {
		client, err := commercetools.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{orders: client}.handle, nil
	})
}
