// Command customer-changed-marketing is the Lambda function that brings the Klaviyo profile to the account as it is now.
package main

import (
	"context"

	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("customer-changed-marketing", func(_ context.Context, env function.Env) (queue.Handler[retail.CustomerChanged], error) {
		client, err := klaviyo.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{profiles: client}.handle, nil
	})
}
