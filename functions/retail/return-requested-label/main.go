// Command return-requested-label is the Lambda function that has FedEx make the
// label of a return.
package main

import (
	"context"

	"signalbox/shared/connector/fedex"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() { queue.Start("return-requested-label", build) }

func build(_ context.Context, env function.Env) (queue.Handler[retail.ReturnRequested], error) {
	client, err := fedex.New(env.Config)
	if err != nil {
		return nil, err
	}
	return handler{carrier: client, labels: labels(env.State), emit: env.Emit, now: env.Now}.handle, nil
}
