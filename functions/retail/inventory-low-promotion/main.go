// Command inventory-low-promotion is the Lambda function that ends the discount on a
// SKU that is scarce.
package main

import (
	"context"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
	"signalbox/shared/promotion"
)

func main() {
	consumer.Start("inventory-low-promotion", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.InventoryLow], error) {
		rules, err := promotion.NewRules(env.Config)
		if err != nil {
			return nil, err
		}
		shop, err := commercetools.New(env.Config, commercetools.ViewProducts, commercetools.ManageCartDiscounts)
		if err != nil {
			return nil, err
		}
		keeper := promotion.Keeper{Rules: rules, Shop: shop, Notes: env.SharedNotes(promotion.Name), Emit: env.Emit}
		return handler{apply: keeper.Apply}.handle, nil
	})
}
