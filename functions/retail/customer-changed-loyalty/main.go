// Command customer-changed-loyalty is the Lambda function that brings what Voucherify knows of a customer to the account as it is now.
package main

import (
	"context"

	"signalbox/shared/connector/voucherify"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("customer-changed-loyalty", func(_ context.Context, env function.Env) (queue.Handler[retail.CustomerChanged], error) {
		client, err := voucherify.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{programme: client}.handle, nil
	})
}
