// Command order-refunded-loyalty is the Lambda function that cancels refunded orders at
// Voucherify, which takes their points back.
package main

import (
	"context"

	"signalbox/shared/connector/voucherify"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("order-refunded-loyalty", func(_ context.Context, env function.Env) (queue.Handler[retail.OrderRefunded], error) {
		client, err := voucherify.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{programme: client}.handle, nil
	})
}
