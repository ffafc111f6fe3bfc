// Command inventory-low-promotion is the Lambda function that ends the discount of a SKU that became scarce.
package main

import (
	"context"

	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
	"signalbox/shared/promotion"
)

func main() {
	consumer.Start("inventory-low-promotion", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.InventoryLow], error) {
		keeper, err := promotion.NewKeeper(env)
		if err != nil {
			return nil, err
		}
		return handler{apply: keeper.Apply}.handle, nil
	})
}
