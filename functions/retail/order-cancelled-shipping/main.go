// Command order-cancelled-shipping is the Lambda function that cancels the FedEx
// shipment of an order that was called off.
package main

import (
	"context"

	"signalbox/shared/connector/fedex"
	"signalbox/shared/consumer"
	"signalbox/shared/dispatch"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("order-cancelled-shipping", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.OrderCancelled], error) {
		client, err := fedex.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{carrier: client, desk: dispatch.Desk{Notes: env}, now: env.Now}.handle, nil
	})
}
