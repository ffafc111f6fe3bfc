// Command customer-deleted-crm is the Lambda function that erases the personal fields of a Salesforce record where a customer's data must go.
package main

import (
	"context"

	"signalbox/shared/connector/salesforce"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("customer-deleted-crm", func(_ context.Context, env function.Env) (queue.Handler[retail.CustomerDeleted], error) {
		client, err := salesforce.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{crm: client}.handle, nil
	})
}
