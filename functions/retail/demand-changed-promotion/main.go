// Command demand-changed-promotion is the Lambda function that has discounts follow the demand for a SKU.
package main

import (
	"context"

	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/retail/promotion"
)

func main() {
	queue.Start("demand-changed-promotion", func(_ context.Context, env function.Env) (queue.Handler[retail.DemandChanged], error) {
		promotions, err := promotion.New(env)
		if err != nil {
			return nil, err
		}
		return handler{apply: promotions.Apply}.handle, nil
	})
}
