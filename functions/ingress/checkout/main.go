// Command checkout is the Lambda function that answers the API Extension of
// commercetools for carts and orders.
package main

import (
	"context"

	"signalbox/shared/connector/senders"
	"signalbox/shared/connector/stripe"
	"signalbox/shared/consumer"
)

func main() {
	consumer.StartHTTP("checkout", func(_ context.Context, env consumer.Env) (consumer.Responder, error) {
		radar, err := stripe.New(env.Config)
		if err != nil {
			return consumer.Responder{}, err
		}
		tokens, err := senders.New(env.Config)
		if err != nil {
			return consumer.Responder{}, err
		}
		return newResponder(env.Config, radar, tokens)
	})
}
