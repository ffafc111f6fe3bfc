// Command order-cancelled-shipping is the Lambda function that cancels the FedEx
// shipment of an order that was called off.
package main

import (
	"context"

	"signalbox/shared/connector/fedex"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/retail/shipping"
)

func main() {
	queue.Start("order-cancelled-shipping", func(_ context.Context, env function.Env) (queue.Handler[retail.OrderCancelled], error) {
		client, err := fedex.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{carrier: client, shipments: shipping.New(env.State), now: env.Now}.handle, nil
	})
}
