// Command order-paid-finance is the Lambda function that records the payment of
// an order in Workday.
package main

import (
	"context"

	"signalbox/shared/connector/workday"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("order-paid-finance", func(_ context.Context, env function.Env) (queue.Handler[retail.OrderPaid], error) {
		client, err := workday.New(env.Config)
		if err != nil {
			return nil, err
		}
		return newHandler(env.Config, client)
	})
}
