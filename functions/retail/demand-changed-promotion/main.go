// Command demand-changed-promotion is the Lambda function that has discounts follow the demand for a SKU.
package main

import (
	"context"

	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
	"signalbox/shared/promotion"
)

func main() {
	consumer.Start("demand-changed-promotion", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.DemandChanged], error) {
		keeper, err := promotion.NewKeeper(env)
		if err != nil {
			return nil, err
		}
		return handler{apply: keeper.Apply}.handle, nil
	})
}
