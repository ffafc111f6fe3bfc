// Command order-created-crm is the Lambda function that upserts the customer and
// the order in Salesforce.
package main

import (
	"context"

	"signalbox/shared/connector/salesforce"
	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("order-created-crm", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.OrderCreated], error) {
		client, err := salesforce.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{crm: client, log: env.Log}.handle, nil
	})
}
