// Command return-received-stock is the Lambda function that puts what came back
// and can be sold again into stock.
package main

import (
	"context"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("return-received-stock", func(_ context.Context, env function.Env) (queue.Handler[retail.ReturnReceived], error) {
		client, err := commercetools.New(env.Config, commercetools.ManageProducts)
		if err != nil {
			return nil, err
		}
		return newHandler(env.Config, client)
	})
}
