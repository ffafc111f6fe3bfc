// Command inventory-low-promotion is the Lambda function that ends the discount of a SKU that became scarce.
package main

import (
	"context"

	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/retail/promotion"
)

func main() {
	queue.Start("inventory-low-promotion", func(_ context.Context, env function.Env) (queue.Handler[retail.InventoryLow], error) {
		promotions, err := promotion.New(env)
		if err != nil {
			return nil, err
		}
		return handler{apply: promotions.Apply}.handle, nil
	})
}
