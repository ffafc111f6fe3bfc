// Command return-requested-crm is the Lambda function that opens a case in
// Salesforce for a return.
package main

import (
	"context"

	"signalbox/shared/connector/salesforce"
	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("return-requested-crm", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.ReturnRequested], error) {
		client, err := salesforce.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{crm: client, log: env.Log}.handle, nil
	})
}
