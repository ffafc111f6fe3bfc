// Command order-paid-finance is the Lambda function that records the payment of
// an order in Workday.
package main

import (
	"context"

	"signalbox/shared/connector/workday"
	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("order-paid-finance", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.OrderPaid], error) {
		client, err := workday.New(env.Config)
		if err != nil {
			return nil, err
		}
		return newHandler(env.Config, client)
	})
}
