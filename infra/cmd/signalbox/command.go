package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"signalbox/infra/local/terminal"
)

// command is one subcommand. Each stands in a file of its own and in commands.
type command struct {
	name string
	// usage is what follows the name on the command line, such as "[flags] FILE…".
	usage string
	// short is one line for the overview, long what --help says above the flags.
	short, long string
	// setup declares the command's flags and returns what runs after they are parsed.
	setup func(*flag.FlagSet) action
}

// action does the work of a command with the arguments left after its flags. An
// error ends the program with code 1 and its text on stderr, a usageError with
// code 2, errReported with code 1 and no text.
type action func(ctx context.Context, t terminal.Terminal, args []string) error

// commands are all subcommands in the order of the overview.
func commands() []command {
	return []command{
		demoCommand(),
		localCommand(),
		sendCommand(),
		newCommand(),
		samCommand(),
		readmeCommand(),
	}
}

// errReported ends the program with code 1 where the command has already said why.
var errReported = errors.New("reported")

// usageError says what is wrong with the command line.
type usageError string

func (e usageError) Error() string { return string(e) }

func run(ctx context.Context, commands []command, args []string, t terminal.Terminal) int {
	if len(args) == 0 {
		overview(t.Err, commands)
		return 2
	}
	if slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		if len(args) > 1 && args[0] == "help" {
			return run(ctx, commands, []string{args[1], "--help"}, t)
		}
		overview(t.Out, commands)
		return 0
	}
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == args[0] })
	if i < 0 {
		fmt.Fprintf(t.Err, "signalbox: there is no command %q\n\n", args[0])
		overview(t.Err, commands)
		return 2
	}
	return commands[i].run(ctx, args[1:], t)
}

func (c command) run(ctx context.Context, args []string, t terminal.Terminal) int {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	act := c.setup(flags)
	rest, err := parse(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		c.help(t.Out, flags)
		return 0
	case err != nil:
		return c.wrongUsage(t, err)
	}
	err = act(ctx, t, rest)
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		return c.wrongUsage(t, err)
	case errors.Is(err, errReported):
		return 1
	case ctx.Err() != nil:
		return 130
	}
	fmt.Fprintf(t.Err, "signalbox %s: %v\n", c.name, err)
	return 1
}

// parse accepts flags after arguments too, as people type them.
func parse(flags *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			return rest, nil
		}
		if parsed := len(args) - flags.NArg(); parsed > 0 && args[parsed-1] == "--" {
			return append(rest, flags.Args()...), nil
		}
		rest = append(rest, flags.Arg(0))
		args = flags.Args()[1:]
	}
}

func (c command) wrongUsage(t terminal.Terminal, err error) int {
	fmt.Fprintf(t.Err, "signalbox %s: %v\nUsage: %s\nSee signalbox %s --help.\n", c.name, err, c.line(), c.name)
	return 2
}

func (c command) line() string {
	return strings.TrimSpace("signalbox " + c.name + " " + c.usage)
}

func (c command) help(w io.Writer, flags *flag.FlagSet) {
	fmt.Fprintf(w, "Usage: %s\n\n%s\n", c.line(), strings.TrimSpace(c.long))
	first := true
	flags.VisitAll(func(f *flag.Flag) {
		if first {
			fmt.Fprintln(w, "\nFlags:")
			first = false
		}
		value, help := flag.UnquoteUsage(f)
		if value != "" {
			value = " " + value
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "0s" {
			help += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(w, "  --%-22s %s\n", f.Name+value, strings.ReplaceAll(help, "\n", "\n"+strings.Repeat(" ", 27)))
	})
}

func overview(w io.Writer, commands []command) {
	fmt.Fprint(w, "Signalbox: an event-driven commerce backbone.\n\nUsage: signalbox COMMAND [flags]\n\nCommands:\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-8s %s\n", c.name, c.short)
	}
	fmt.Fprint(w, "\nsignalbox COMMAND --help says more about one.\n")
}
