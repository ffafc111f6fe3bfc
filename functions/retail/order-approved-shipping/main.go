// Command order-approved-shipping is the Lambda function that creates the FedEx
// shipment of an approved order.
package main

import (
	"context"

	"signalbox/shared/connector/fedex"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/retail/shipping"
)

func main() { queue.Start("order-approved-shipping", build) }

func build(_ context.Context, env function.Env) (queue.Handler[retail.OrderApproved], error) {
	client, err := fedex.New(env.Config)
	if err != nil {
		return nil, err
	}
	return handler{carrier: client, shipments: shipping.New(env.State), emit: env.Emit, now: env.Now}.handle, nil
}
