package main

import (
	"context"
	"errors"
	"flag"

	"signalbox/infra/local/terminal"
)

func demoCommand() command {
	return command{
		name: "demo", usage: "[flags]", short: "demo", long: "demo",
		setup: func(*flag.FlagSet) action {
			return func(context.Context, terminal.Terminal, []string) error { return errors.New("not here yet") }
		},
	}
}
