// Command inventory-changed-watch is the Lambda function that tells once when a
// SKU falls to its threshold.
package main

import (
	"context"

	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("inventory-changed-watch", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.InventoryChanged], error) {
		rules, err := newRules(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{rules: rules, notes: env, emit: env.Emit}.handle, nil
	})
}
