// Package terminal is where the commands print: plain text that reads well in a
// file, with colour only where a person looks at it.
package terminal

import (
	"io"
	"os"
)

// Terminal is a command's output. Results go to Out, progress and complaints to Err.
type Terminal struct {
	Out, Err io.Writer
	// Color is set when Out is a terminal and the user did not ask for plain text.
	Color bool
	// ErrColor is the same for Err.
	ErrColor bool
}

// New returns the terminal on the given files. Colour is off where the file is
// not a terminal, NO_COLOR is set (https://no-color.org) or TERM is dumb.
func New(out, err *os.File, lookup func(string) (string, bool)) Terminal {
	noColor, _ := lookup("NO_COLOR")
	term, _ := lookup("TERM")
	plain := noColor != "" || term == "dumb"
	return Terminal{Out: out, Err: err, Color: !plain && isTerminal(out), ErrColor: !plain && isTerminal(err)}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Paint is a colour or weight.
type Paint string

// The paints, as ANSI escape sequences.
const (
	Red    Paint = "\x1b[31m"
	Green  Paint = "\x1b[32m"
	Yellow Paint = "\x1b[33m"
	Cyan   Paint = "\x1b[36m"
	Dim    Paint = "\x1b[2m"
	Bold   Paint = "\x1b[1m"
)

// In returns s in the given paint, or s alone where Out has no colour.
func (t Terminal) In(p Paint, s string) string {
	if !t.Color || s == "" {
		return s
	}
	return string(p) + s + "\x1b[0m"
}
