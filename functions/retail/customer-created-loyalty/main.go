// Command customer-created-loyalty is the Lambda function that makes Voucherify know a new customer.
package main

import (
	"context"

	"signalbox/shared/connector/voucherify"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("customer-created-loyalty", func(_ context.Context, env function.Env) (queue.Handler[retail.CustomerCreated], error) {
		client, err := voucherify.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{programme: client}.handle, nil
	})
}
