// Command order-created-marketing is the Lambda function that records a Placed
// Order event on the customer's Klaviyo profile.
package main

import (
	"context"

	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("order-created-marketing", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.OrderCreated], error) {
		client, err := klaviyo.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{profiles: client}.handle, nil
	})
}
