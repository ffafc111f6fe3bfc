// Command customer-changed-loyalty is the Lambda function that brings what Voucherify knows of a customer to the account as it is now.
package main

import (
	"context"

	"signalbox/shared/connector/voucherify"
	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("customer-changed-loyalty", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.CustomerChanged], error) {
		client, err := voucherify.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{programme: client}.handle, nil
	})
}
