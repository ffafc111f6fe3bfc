// Command commercetools is the Lambda function that opens what commercetools
// delivers and puts it on the bus.
package main

import (
	"context"

	client "signalbox/shared/connector/commercetools"
	"signalbox/shared/consumer"
)

func main() {
	consumer.StartSource("commercetools", func(_ context.Context, env consumer.Env) (consumer.Open, error) {
		orders, err := client.New(env.Config)
		if err != nil {
			return nil, err
		}
		return newHandler(env.Config, orders).open, nil
	})
}
