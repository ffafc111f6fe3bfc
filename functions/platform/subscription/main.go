// Command subscription is the Lambda function behind the stack's resource
// Custom::CommercetoolsSubscription, and looks at that subscription by the clock.
package main

import (
	"context"

	client "signalbox/shared/connector/commercetools"
	"signalbox/shared/consumer"
)

func main() {
	consumer.StartProvider("subscription", func(_ context.Context, env consumer.Env) (consumer.Provider, error) {
		shop, err := client.New(env.Config, client.ManageSubscriptions)
		if err != nil {
			return consumer.Provider{}, err
		}
		h := newHandler(env.Config, shop)
		return consumer.Provider{Run: h.check, Settle: h.settle}, nil
	})
}
