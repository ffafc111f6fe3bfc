// Command order-created-demand is the Lambda function that counts what is sold
// of the SKUs whose demand is watched.
package main

import (
	"context"

	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/retail/demand"
)

func main() {
	queue.Start("order-created-demand", func(_ context.Context, env function.Env) (queue.Handler[retail.OrderCreated], error) {
		rules, err := demand.NewRules(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{watches: rules.Watches, counter: demand.New(env, rules)}.handle, nil
	})
}
