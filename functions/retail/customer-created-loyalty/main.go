// Command customer-created-loyalty is the Lambda function that makes Voucherify know a new customer.
package main

import (
	"context"

	"signalbox/shared/connector/voucherify"
	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("customer-created-loyalty", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.CustomerCreated], error) {
		client, err := voucherify.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{programme: client}.handle, nil
	})
}
