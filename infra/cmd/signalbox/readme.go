package main

import (
	"context"
	"flag"
	"fmt"

	"signalbox/infra/local/terminal"
	"signalbox/infra/readme"
	"signalbox/shared/lambdatest"
)

func readmeCommand() command {
	return command{
		name: "readme", short: "make the tables of README.md again from the catalog",
		long: "Makes the tables of README.md that follow from the catalog again, in place.",
		setup: func(*flag.FlagSet) action {
			return func(_ context.Context, t terminal.Terminal, args []string) error {
				if len(args) > 0 {
					return usageError(fmt.Sprintf("expected no argument, got %q", args[0]))
				}
				root, err := lambdatest.Root()
				if err != nil {
					return err
				}
				changed, err := readme.Write(root)
				if err == nil && changed {
					fmt.Fprintln(t.Out, "README.md: the tables were made again")
				}
				return err
			}
		},
	}
}
