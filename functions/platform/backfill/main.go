// Command backfill is the Lambda function that sweeps commercetools' messages
// and sends those into the ingress again that never arrived there.
package main

import (
	"context"

	client "signalbox/shared/connector/commercetools"
	"signalbox/shared/function"
	"signalbox/shared/function/schedule"
)

func main() {
	schedule.Start("backfill", func(_ context.Context, env function.Env) (schedule.Run, error) {
		shop, err := client.New(env.Config, client.ViewMessages)
		if err != nil {
			return nil, err
		}
		h, err := newHandler(env, shop)
		return h.run, err
	})
}
