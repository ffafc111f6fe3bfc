// Command order-created-stock is the Lambda function that reads how much is left
// of what was ordered and publishes it.
package main

import (
	"context"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("order-created-stock", func(_ context.Context, env function.Env) (queue.Handler[retail.OrderCreated], error) {
		client, err := commercetools.New(env.Config, commercetools.ViewProducts)
		if err != nil {
			return nil, err
		}
		return handler{shop: client, emit: env.Emit}.handle, nil
	})
}
