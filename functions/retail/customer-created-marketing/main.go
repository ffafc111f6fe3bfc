// Command customer-created-marketing is the Lambda function that makes the Klaviyo profile of a new customer.
package main

import (
	"context"

	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("customer-created-marketing", func(_ context.Context, env function.Env) (queue.Handler[retail.CustomerCreated], error) {
		client, err := klaviyo.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{profiles: client}.handle, nil
	})
}
