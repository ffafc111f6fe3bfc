// Command order-created-demand is the Lambda function that counts what is sold
// of the SKUs whose demand is watched.
package main

import (
	"context"

	"signalbox/shared/consumer"
	"signalbox/shared/demand"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("order-created-demand", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.OrderCreated], error) {
		rules, err := demand.NewRules(env.Config)
		if err != nil {
			return nil, err
		}
		book := demand.Book{Function: env.Function.Name, Rules: rules, Notes: env.SharedNotes(demand.Name), Emit: env.Emit, Now: env.Now}
		return handler{watches: rules.Watches, book: book}.handle, nil
	})
}
