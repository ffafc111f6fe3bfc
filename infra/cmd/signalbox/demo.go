package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"signalbox/infra/local/demo"
	"signalbox/infra/local/terminal"
	"signalbox/shared/lambdatest"
)

func demoCommand() command {
	return command{
		name: "demo", usage: "[flags]",
		short: "play the sample notifications through the whole system and account for every event",
		long: `Starts the whole system on this machine, delivers the sample notifications of
commercetools as commercetools does, waits until nothing is in flight, shows what
every function did about each, and reconciles: every accepted event is applied
exactly once by each of its functions, or it is in a dead-letter queue with its
reason.

Ends with 0 only if all is accounted for, with 1 and a list of what is lost,
duplicated or stuck if it is not. What is missing is installed into .local/ first.

Break something to see what happens:
  signalbox demo --break fedex=503        FedEx answers 503 to everything
  signalbox demo --break fedex=503:2      twice, then it recovers
  signalbox demo --break salesforce=slow  answers after 12 s; also reset, lost
  signalbox demo --break klaviyo=late:1   acts once after its client gave up
  signalbox demo --break order-created-crm=kill
                                          the function dies after its effect`,
		setup: func(flags *flag.FlagSet) action {
			var o demo.Options
			var asJSON bool
			stageFlags(flags, &o.Stage, &o.Engine)
			flags.BoolVar(&asJSON, "json", false, "print the result as JSON")
			flags.DurationVar(&o.Wait, "wait", 2*time.Minute, "`time` after which what is still in flight counts as stuck")
			flags.BoolVar(&o.Poison, "poison", false, "also put an event on the bus that its functions must refuse")
			breakFlag(flags, &o.Break)
			return func(ctx context.Context, t terminal.Terminal, args []string) error {
				if len(args) > 0 {
					return usageError(fmt.Sprintf("demo takes no argument, not %q", args[0]))
				}
				root, err := lambdatest.Root()
				if err != nil {
					return err
				}
				o.Root = root
				o.Progress = terminal.NewProgress(t, false)
				result, err := demo.Run(ctx, o)
				if err != nil {
					return err
				}
				if asJSON {
					if err := printJSON(t.Out, result); err != nil {
						return err
					}
				} else {
					result.Print(t)
				}
				if !result.OK {
					return errReported
				}
				return nil
			}
		},
	}
}
