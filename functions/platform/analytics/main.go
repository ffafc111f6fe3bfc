// Command analytics is the Lambda function that writes every event to the lake,
// masked.
package main

import (
	"context"

	"signalbox/shared/connector/firehose"
	"signalbox/shared/event"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.StartAny("analytics", func(_ context.Context, env function.Env) (queue.Handler[event.Payload], error) {
		client, err := firehose.New(env.AWS, env.Config)
		if err != nil {
			return nil, err
		}
		return handler{lake: client}.handle, nil
	})
}
