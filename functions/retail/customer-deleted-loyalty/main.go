// Command customer-deleted-loyalty is the Lambda function that has Voucherify erase a customer where a customer's data must go.
package main

import (
	"context"

	"signalbox/shared/connector/voucherify"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("customer-deleted-loyalty", func(_ context.Context, env function.Env) (queue.Handler[retail.CustomerDeleted], error) {
		client, err := voucherify.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{programme: client}.handle, nil
	})
}
