// Command webhook is the Lambda function that takes signed webhooks in and puts
// what they report on the bus.
package main

import (
	"context"

	"signalbox/shared/connector/senders"
	"signalbox/shared/function"
	"signalbox/shared/function/web"
)

func main() {
	web.StartIngress("webhook", func(_ context.Context, env function.Env) (web.Receive, error) {
		tokens, err := senders.New(env.Config)
		if err != nil {
			return nil, err
		}
		h, err := newHandler(tokens, env.Now)
		return h.receive, err
	})
}
