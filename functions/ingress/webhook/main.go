// Command webhook is the Lambda function that takes signed webhooks in and puts
// what they tell on the bus.
package main

import (
	"context"

	"signalbox/shared/connector/senders"
	"signalbox/shared/consumer"
)

func main() {
	consumer.StartWebhook("webhook", func(_ context.Context, env consumer.Env) (consumer.Receive, error) {
		tokens, err := senders.New(env.Config)
		if err != nil {
			return nil, err
		}
		h, err := newHandler(tokens, env.Now)
		return h.receive, err
	})
}
