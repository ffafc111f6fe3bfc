// Command inventory-changed-demand is the Lambda function that judges demand
// anew when there is more or less of a SKU.
package main

import (
	"context"

	"signalbox/shared/consumer"
	"signalbox/shared/demand"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("inventory-changed-demand", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.InventoryChanged], error) {
		rules, err := demand.NewRules(env.Config)
		if err != nil {
			return nil, err
		}
		book := demand.Book{Function: env.Function.Name, Rules: rules, Notes: env.SharedNotes(demand.Name), Emit: env.Emit, Now: env.Now}
		return handler{watches: rules.Watches, book: book}.handle, nil
	})
}
