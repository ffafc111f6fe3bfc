// Command customer-changed-crm is the Lambda function that brings the Salesforce record to the account as it is now.
package main

import (
	"context"

	"signalbox/shared/connector/salesforce"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("customer-changed-crm", func(_ context.Context, env function.Env) (queue.Handler[retail.CustomerChanged], error) {
		client, err := salesforce.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{crm: client}.handle, nil
	})
}
