// Command order-paid-loyalty is the Lambda function that reports to Voucherify paid
// orders, which give points.
package main

import (
	"context"

	"signalbox/shared/connector/voucherify"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() { queue.Start("order-paid-loyalty", build) }

func build(_ context.Context, env function.Env) (queue.Handler[retail.OrderPaid], error) {
	client, err := voucherify.New(env.Config)
	if err != nil {
		return nil, err
	}
	return handler{programme: client}.handle, nil
}
