package main

import (
	"context"
	"flag"
	"os"

	"signalbox/infra/local/terminal"
	"signalbox/infra/sam"
	"signalbox/shared/lambdatest"
)

func samCommand() command {
	return command{
		name:  "sam",
		usage: "FUNCTION [flags]",
		short: "run one function in SAM CLI, from the synthesized template",
		long: `Builds and synthesizes what changed, puts the sample into the function's queue and
runs sam local invoke with it. The systems' doubles and an AWS in memory stand in
for what the function calls. What SAM CLI was given stays in .local/sam/FUNCTION.

Needs SAM CLI and a Docker engine, and says what is missing. Ends with code 1 if
the function fails, times out, reports the event or dead-letters it.

  signalbox sam order-created-crm --sample order.created.guest`,
		setup: func(flags *flag.FlagSet) action {
			o := sam.Options{Getenv: os.Getenv}
			flags.StringVar(&o.Sample, "sample", "", "`name` of the sample; empty is the first of the function's event")
			flags.StringVar(&o.Stage, "stage", "dev", "`name` of the stage in cdk.json whose stacks are synthesized")
			rehearse := flags.Bool("check", false, "run "+sam.Rehearsed()+", or FUNCTION, on a Docker engine of its own that is taken away\nagain; where that cannot be, say what is missing and end with code 0")
			return func(ctx context.Context, t terminal.Terminal, args []string) error {
				if *rehearse && len(args) == 0 {
					args = []string{sam.Rehearsed()}
				}
				if len(args) != 1 {
					return usageError("expected the name of one function")
				}
				root, err := lambdatest.Root()
				if err != nil {
					return err
				}
				o.Root, o.Function, o.Out, o.Progress = root, args[0], t.Out, t.Err
				if *rehearse {
					return sam.Rehearse(ctx, o)
				}
				_, err = sam.Run(ctx, o)
				return err
			}
		},
	}
}
