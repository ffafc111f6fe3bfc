// Command inventory-low-replenish-webhook is the Lambda function that sends a signed purchase request to
// the SKU's supplier.
package main

import (
	"context"

	"signalbox/shared/connector/webhook"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("inventory-low-replenish-webhook", func(_ context.Context, env function.Env) (queue.Handler[retail.InventoryLow], error) {
		client, err := webhook.New(env.Config, env.Now)
		if err != nil {
			return nil, err
		}
		return handler{suppliers: client}.handle, nil
	})
}
