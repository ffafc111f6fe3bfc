// Command customer-created-crm is the Lambda function that writes a new customer's account to Salesforce.
package main

import (
	"context"

	"signalbox/shared/connector/salesforce"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("customer-created-crm", func(_ context.Context, env function.Env) (queue.Handler[retail.CustomerCreated], error) {
		client, err := salesforce.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{crm: client}.handle, nil
	})
}
