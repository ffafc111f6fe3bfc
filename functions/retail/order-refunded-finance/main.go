// Command order-refunded-finance is the Lambda function that requests in Workday
// what is owed to customers whose orders were refunded.
package main

import (
	"context"

	"signalbox/shared/connector/workday"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("order-refunded-finance", func(_ context.Context, env function.Env) (queue.Handler[retail.OrderRefunded], error) {
		client, err := workday.NewRefunds(env.Config)
		if err != nil {
			return nil, err
		}
		return newHandler(env.Config, client, env.State)
	})
}
