// Command inventory-sold-out-marketing is the Lambda function that sets a sold-out SKU's stock in Klaviyo's catalog.
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
	queue.Start("inventory-sold-out-marketing", func(_ context.Context, env function.Env) (queue.Handler[retail.InventorySoldOut], error) {
		shop, err := commercetools.New(env.Config, commercetools.ViewProducts)
		if err != nil {
			return nil, err
		}
		client, err := klaviyo.New(env.Config)
		return handler{shop: shop, catalog: client}.handle, err
	})
}
