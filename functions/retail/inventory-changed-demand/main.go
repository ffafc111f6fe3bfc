// Command inventory-changed-demand is the Lambda function that judges demand
// again when there is more or less of a SKU.
package main

import (
	"context"

	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/retail/demand"
)

func main() {
	queue.Start("inventory-changed-demand", func(_ context.Context, env function.Env) (queue.Handler[retail.InventoryChanged], error) {
		rules, err := demand.NewRules(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{watches: rules.Watches, counter: demand.New(env, rules)}.handle, nil
	})
}
