// Command order-created-fraud is the Lambda function that has Stripe Radar
// evaluate the payment of an order and approves or holds the order.
package main

import (
	"context"

	"signalbox/shared/connector/stripe"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() { queue.Start("order-created-fraud", build) }

func build(_ context.Context, env function.Env) (queue.Handler[retail.OrderCreated], error) {
	client, err := stripe.New(env.Config)
	if err != nil {
		return nil, err
	}
	rules, err := newPolicy(env.Config)
	return handler{radar: client, policy: rules, emit: env.Emit}.handle, err
}
