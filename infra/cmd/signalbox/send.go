package main

import (
	"context"
	"errors"
	"flag"

	"signalbox/infra/local/terminal"
)

func sendCommand() command {
	return command{
		name: "send", usage: "[flags]", short: "send", long: "send",
		setup: func(*flag.FlagSet) action {
			return func(context.Context, terminal.Terminal, []string) error { return errors.New("not here yet") }
		},
	}
}
