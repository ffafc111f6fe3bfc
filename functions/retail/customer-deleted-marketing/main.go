// Command customer-deleted-marketing is the Lambda function that has Klaviyo erase a profile where a customer's data must go.
package main

import (
	"context"

	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("customer-deleted-marketing", func(_ context.Context, env function.Env) (queue.Handler[retail.CustomerDeleted], error) {
		client, err := klaviyo.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{profiles: client}.handle, nil
	})
}
