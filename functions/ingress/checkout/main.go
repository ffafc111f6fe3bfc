// Command checkout is the Lambda function that answers commercetools' API Extension for carts and orders.
package main

import (
	"context"

	"signalbox/shared/connector/senders"
	"signalbox/shared/connector/stripe"
	"signalbox/shared/function"
	"signalbox/shared/function/web"
)

func main() {
	web.Start("checkout", func(_ context.Context, env function.Env) (web.Responder, error) {
		radar, err := stripe.New(env.Config)
		if err != nil {
			return web.Responder{}, err
		}
		tokens, err := senders.New(env.Config)
		if err != nil {
			return web.Responder{}, err
		}
		return newResponder(env.Config, radar, tokens)
	})
}
