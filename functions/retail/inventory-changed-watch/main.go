// Command inventory-changed-watch is the Lambda function that tells once when a
// SKU falls to its threshold.
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
		return handler{rules: rules, notes: env, emit: env.Emit}.handle, nil
	})
}
