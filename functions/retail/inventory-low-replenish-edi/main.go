// Command inventory-low-replenish-edi is the Lambda function that sends a purchase order to the
// SKU's supplier through the EDI gateway, and reports when nothing arrives within the supplier's time.
package main

import (
	"context"

	"signalbox/shared/connector/edi"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/process/scheduler"
	"signalbox/shared/retail/replenishment"
)

func main() {
	queue.StartWithTimers("inventory-low-replenish-edi", func(_ context.Context, env function.Env) (queue.Timed[retail.InventoryLow], error) {
		client, err := edi.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{gateway: client, number: env.Number, orders: replenishment.New(env, scheduler.New(env.AWS, env.Config, env.Now))}, nil
	})
}
