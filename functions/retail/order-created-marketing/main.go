// Command order-created-marketing is the Lambda function that records a Placed
// Order event on the customer's Klaviyo profile.
package main

import (
	"context"

	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("order-created-marketing", func(_ context.Context, env function.Env) (queue.Handler[retail.OrderCreated], error) {
		client, err := klaviyo.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{profiles: client}.handle, nil
	})
}
