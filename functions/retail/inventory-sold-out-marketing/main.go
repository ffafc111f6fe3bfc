// Command inventory-sold-out-marketing is the Lambda function that tells marketing that a SKU is sold out.
package main

import (
	"context"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("inventory-sold-out-marketing", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.InventorySoldOut], error) {
		shop, err := commercetools.New(env.Config, commercetools.ViewProducts)
		if err != nil {
			return nil, err
		}
		client, err := klaviyo.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{shop: shop, catalog: client}.handle, nil
	})
}
