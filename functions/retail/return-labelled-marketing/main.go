// Command return-labelled-marketing is the Lambda function that gives Klaviyo the
// label of a return, for the customer.
package main

import (
	"context"

	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.Start("return-labelled-marketing", func(_ context.Context, env function.Env) (queue.Handler[retail.ReturnLabelled], error) {
		client, err := klaviyo.New(env.Config)
		if err != nil {
			return nil, err
		}
		return handler{profiles: client}.handle, nil
	})
}
