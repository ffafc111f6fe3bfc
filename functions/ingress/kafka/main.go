// Command kafka is the Lambda function that opens what commercetools delivers into
// a Kafka topic and puts it on the bus.
package main

import (
	"context"

	client "signalbox/shared/connector/commercetools"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

func main() {
	queue.StartIngress("kafka", func(_ context.Context, env function.Env) (queue.Open, error) {
		shop, err := client.New(env.Config, client.ViewProducts, client.ViewPayments, client.ViewCustomers)
		if err != nil {
			return nil, err
		}
		return newHandler(env.Config, shop).recording(env).open, nil
	})
}
