// Command inventory-low-replenish-webhook is the Lambda function that sends a signed purchase request to
// the SKU's supplier.
package main

import (
	"context"

	"signalbox/shared/connector/webhook"
	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("inventory-low-replenish-webhook", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.InventoryLow], error) {
		client, err := webhook.New(env.Config, env.Now)
		if err != nil {
			return nil, err
		}
		return handler{suppliers: client}.handle, nil
	})
}
