// Command inventory-changed-replenish is the Lambda function that takes a level
// above its threshold as the answer to the purchase orders that were sent for it.
package main

import (
	"context"

	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/retail/replenishment"
)

func main() {
	queue.Start("inventory-changed-replenish", func(_ context.Context, env function.Env) (queue.Handler[retail.InventoryChanged], error) {
		return handler{orders: replenishment.New(env, nil)}.handle, nil
	})
}
