// Command inventory-restocked-marketing is the Lambda function that sets a restocked SKU's stock in Klaviyo's catalog.
package main

import (
	"context"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("inventory-restocked-marketing", func(_ context.Context, env function.Env) (queue.Handler[retail.InventoryRestocked], error) {
		shop, err := commercetools.New(env.Config, commercetools.ViewProducts)
		if err != nil {
			return nil, err
		}
		client, err := klaviyo.New(env.Config)
		return handler{shop: shop, catalog: client}.handle, err
	})
}
