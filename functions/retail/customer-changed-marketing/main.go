// Command customer-changed-marketing is the Lambda function that brings the Klaviyo profile to the account as it is now.
package main

import (
	"context"

	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("customer-changed-marketing", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.CustomerChanged], error) {
		client, err := klaviyo.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{profiles: client}.handle, nil
	})
}
