// Command order-approved-shipping is the Lambda function that creates the FedEx
// shipment of an approved order.
package main

import (
	"context"

	"signalbox/shared/connector/fedex"
	"signalbox/shared/consumer"
	"signalbox/shared/dispatch"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("order-approved-shipping", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.OrderApproved], error) {
		client, err := fedex.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{carrier: client, desk: dispatch.Desk{Notes: env}, emit: env.Emit, now: env.Now}.handle, nil
	})
}
