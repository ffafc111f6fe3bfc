// Command signalbox is the tool of everyone who works on Signalbox: it runs the
// whole system on one machine, plays sample events through it, scaffolds new
// functions and drives SAM CLI.
//
// # Exit codes
//
// 0 means done, 1 that the work failed or what was checked does not hold, 2 that
// the command line was wrong, 130 that it was interrupted.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"signalbox/infra/local/terminal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, commands(), os.Args[1:], terminal.New(os.Stdout, os.Stderr, os.LookupEnv))
	stop()
	os.Exit(code)
}
