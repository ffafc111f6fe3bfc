package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"signalbox/infra/local"
	"signalbox/infra/local/live"
	"signalbox/infra/local/terminal"
	"signalbox/shared/lambdatest"
)

func sendCommand() command {
	return command{
		name: "send", usage: "[flags] FILE…",
		short: "send notifications into the system that signalbox local keeps up",
		long: `Delivers each file as a notification of commercetools into the system that
signalbox local runs in this checkout, by the way that --way names.`,
		setup: func(flags *flag.FlagSet) action {
			way := local.SQS
			flags.Func("way", "`way` in: sqs (default), sns, eventbridge, sns-envelope or\neventbridge-wrapper", func(text string) (err error) {
				way, err = local.ParseWay(text)
				return err
			})
			return func(ctx context.Context, t terminal.Terminal, files []string) error {
				if len(files) == 0 {
					return usageError("expected a file, such as events-samples/commercetools/order-created.json")
				}
				root, err := lambdatest.Root()
				if err != nil {
					return err
				}
				running, err := live.Find(root)
				if err != nil {
					return err
				}
				for _, file := range files {
					body, err := os.ReadFile(file)
					if err != nil {
						return err
					}
					if err := running.Send(ctx, way, body); err != nil {
						return fmt.Errorf("%s: %w", file, err)
					}
					fmt.Fprintf(t.Out, "sent %s by %s\n", file, way)
				}
				return nil
			}
		},
	}
}
