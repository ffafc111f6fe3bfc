// Command return-received-refund is the Lambda function that has the money for
// what came back refunded.
package main

import (
	"context"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("return-received-refund", func(_ context.Context, env function.Env) (queue.Handler[retail.ReturnReceived], error) {
		client, err := commercetools.New(env.Config, commercetools.ManagePayments)
		if err != nil {
			return nil, err
		}
		return newHandler(env.Config, client)
	})
}
