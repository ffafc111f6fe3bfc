// Command return-requested-crm is the Lambda function that opens a case in
// Salesforce for a return.
package main

import (
	"context"

	"signalbox/shared/connector/salesforce"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("return-requested-crm", func(_ context.Context, env function.Env) (queue.Handler[retail.ReturnRequested], error) {
		client, err := salesforce.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{crm: client, log: env.Log}.handle, nil
	})
}
