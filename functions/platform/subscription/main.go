// Command subscription is the Lambda function behind the stack's resource
// Custom::CommercetoolsSubscription, and checks that subscription on a schedule.
package main

import (
	"context"

	client "signalbox/shared/connector/commercetools"
	"signalbox/shared/function"
	"signalbox/shared/function/customresource"
)

func main() {
	customresource.Start("subscription", func(_ context.Context, env function.Env) (customresource.Provider, error) {
		shop, err := client.New(env.Config, client.ManageSubscriptions)
		if err != nil {
			return customresource.Provider{}, err
		}
		h := newHandler(env.Config, shop)
		return customresource.Provider{Run: h.check, Apply: h.settle}, nil
	})
}
