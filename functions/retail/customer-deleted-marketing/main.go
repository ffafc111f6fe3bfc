// Command customer-deleted-marketing is the Lambda function that has Klaviyo erase a profile where a customer's data must go.
package main

import (
	"context"

	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("customer-deleted-marketing", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.CustomerDeleted], error) {
		client, err := klaviyo.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{profiles: client}.handle, nil
	})
}
