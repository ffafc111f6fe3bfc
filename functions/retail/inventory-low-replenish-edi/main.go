// Command inventory-low-replenish-edi is the Lambda function that sends a purchase order to the SKU's
// supplier through the EDI gateway.
package main

import (
	"context"

	"signalbox/shared/connector/edi"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("inventory-low-replenish-edi", func(_ context.Context, env function.Env) (queue.Handler[retail.InventoryLow], error) {
		client, err := edi.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{gateway: client, number: env.Number}.handle, nil
	})
}
