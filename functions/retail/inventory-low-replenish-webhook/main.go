// Command inventory-low-replenish-webhook is the Lambda function that sends a signed purchase request to
// the SKU's supplier, and reports when nothing arrives within the supplier's time.
package main

import (
	"context"

	"signalbox/shared/connector/webhook"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/process/scheduler"
	"signalbox/shared/retail/replenishment"
)

func main() {
	queue.StartWithTimers("inventory-low-replenish-webhook", func(_ context.Context, env function.Env) (queue.Timed[retail.InventoryLow], error) {
		client, err := webhook.New(env.Config, env.Now)
		if err != nil {
			return nil, err
		}
		return handler{suppliers: client, orders: replenishment.New(env, scheduler.New(env.AWS, env.Config, env.Now))}, nil
	})
}
