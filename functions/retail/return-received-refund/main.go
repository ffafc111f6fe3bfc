// Command return-received-refund is the Lambda function that has the money for
// what came back refunded.
package main

import (
	"context"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/consumer"
	"signalbox/shared/event/retail"
)

func main() {
	consumer.Start("return-received-refund", func(_ context.Context, env consumer.Env) (consumer.Handler[retail.ReturnReceived], error) {
		client, err := commercetools.New(env.Config, commercetools.ManagePayments)
		if err != nil {
			return nil, err
		}
		return newHandler(env.Config, client)
	})
}
