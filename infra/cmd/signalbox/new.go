package main

import (
	"context"
	"flag"
	"fmt"

	"signalbox/infra/local/terminal"
	"signalbox/infra/scaffold"
	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/lambdatest"
)

func newCommand() command {
	return command{
		name:  "new",
		usage: "--name NAME --event TYPE --system ID [flags]",
		short: "scaffold a function: folder, catalog entry, and payload and sample of a new event",
		long: `Writes the folder of a new function, its entry in the catalog and, if the event is
new, a payload type and a sample; then makes again what follows from them and runs
the function's test. Queue, dead-letter queue, mapping, alarms, permissions and
dashboard follow from the catalog.

  signalbox new --name order-created-gift --event order.created --system klaviyo
  signalbox new --name parts-requested-order --event parts.requested --system fedex --domain automotive --effect unsafe`,
		setup: func(flags *flag.FlagSet) action {
			var r scaffold.Request
			flags.StringVar(&r.Name, "name", "", "`name` of the function: <event with dashes>-<reaction>")
			eventType := flags.String("event", "", "`type` of the event that triggers it; a type the catalog lacks is added")
			flags.StringVar(&r.System, "system", "", "`id` of the system it writes to, as in the catalog")
			domain := flags.String("domain", "", "`domain` of the function; empty is that of its event, retail if the event is new")
			flags.StringVar(&r.Effect, "effect", "", "natural, if the system itself makes a repetition harmless, or unsafe (default natural)")
			flags.StringVar(&r.Payload, "payload", "", "name of a new event's payload `type`; empty is made from the event's")
			return func(ctx context.Context, t terminal.Terminal, args []string) error {
				if len(args) > 0 {
					return usageError(fmt.Sprintf("expected flags alone, got %q", args[0]))
				}
				r.Event, r.Domain = event.Type(*eventType), catalog.Domain(*domain)
				root, err := lambdatest.Root()
				if err != nil {
					return err
				}
				return scaffold.Run(ctx, root, r, t.Out)
			}
		},
	}
}
