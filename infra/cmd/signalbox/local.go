package main

import (
	"context"
	"errors"
	"flag"

	"signalbox/infra/local/terminal"
)

func localCommand() command {
	return command{
		name: "local", usage: "[flags]", short: "local", long: "local",
		setup: func(*flag.FlagSet) action {
			return func(context.Context, terminal.Terminal, []string) error { return errors.New("not here yet") }
		},
	}
}
