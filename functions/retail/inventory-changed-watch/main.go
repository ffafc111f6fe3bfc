// Command inventory-changed-watch is the Lambda function that reports once when a
// SKU falls to its threshold, is sold out, or is back.
package main

import (
	"context"

	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("inventory-changed-watch", func(_ context.Context, env function.Env) (queue.Handler[retail.InventoryChanged], error) {
		rules, err := newRules(env.Config)
		if err != nil {
			return nil, err
		}
		return newHandler(rules, env.State, env.Emit).handle, nil
	})
}
