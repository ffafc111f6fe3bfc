package main

import (
	"context"
	"flag"
	"fmt"

	"signalbox/infra/local"
	"signalbox/infra/local/live"
	"signalbox/infra/local/terminal"
	"signalbox/shared/lambdatest"
)

func localCommand() command {
	return command{
		name: "local", usage: "[flags]",
		short: "keep the whole system up on this machine and show what happens",
		long: `Starts the whole system on this machine and keeps it up: the synthesized stacks
in the local engine, the compiled functions behind their queues, doubles in the
place of every outside system. Every outcome is a line. A function whose code
changes is built and swapped in without losing a message; if what the stacks
follow from changes, they are synthesized and everything starts again.

Ctrl-C ends it and leaves nothing running.`,
		setup: func(flags *flag.FlagSet) action {
			var o live.Options
			stageFlags(flags, &o.Stage, &o.Engine)
			breakFlag(flags, &o.Break)
			return func(ctx context.Context, t terminal.Terminal, args []string) error {
				if len(args) > 0 {
					return usageError(fmt.Sprintf("local takes no argument, not %q", args[0]))
				}
				root, err := lambdatest.Root()
				if err != nil {
					return err
				}
				o.Root, o.Terminal, o.Progress = root, t, terminal.NewProgress(t, false)
				return live.Run(ctx, o)
			}
		},
	}
}

func breakFlag(flags *flag.FlagSet, into *[]local.Breakage) {
	flags.Func("break", "`WHAT=HOW`[:TIMES] breaks a system (a status, reset, slow, lost, late) or a\nfunction (kill); may be given often", func(text string) error {
		b, err := local.ParseBreakage(text)
		*into = append(*into, b)
		return err
	})
}
