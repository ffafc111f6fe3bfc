// Command order-paid-loyalty is the Lambda function that tells Voucherify of paid
// orders, which give points.
package main

import (
	"context"

	"signalbox/shared/connector/voucherify"
	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("order-paid-loyalty", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.OrderPaid], error) {
		client, err := voucherify.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{programme: client}.handle, nil
	})
}
