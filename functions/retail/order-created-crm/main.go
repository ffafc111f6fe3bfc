// Command order-created-crm is the Lambda function that upserts the customer and
// the order in Salesforce.
package main

import (
	"context"

	"signalbox/shared/connector/salesforce"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("order-created-crm", func(_ context.Context, env function.Env) (queue.Handler[retail.OrderCreated], error) {
		client, err := salesforce.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{crm: client, log: env.Log}.handle, nil
	})
}
