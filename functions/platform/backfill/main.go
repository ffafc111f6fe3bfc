// Command backfill is the Lambda function that sweeps commercetools' messages
// and sends those into the ingress again that never arrived there.
package main

import (
	"context"

	client "signalbox/shared/connector/commercetools"
	"signalbox/shared/consumer"
)

func main() {
	consumer.StartSchedule("backfill", func(_ context.Context, env consumer.Env) (consumer.Run, error) {
		shop, err := client.New(env.Config, client.ViewMessages)
		if err != nil {
			return nil, err
		}
		h, err := newHandler(env, shop)
		return h.run, err
	})
}
