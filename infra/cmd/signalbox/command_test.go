package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/infra/local/terminal"
)

var update = flag.Bool("update", false, "write the goldens anew")

// call runs a command line and returns the exit code and what was printed.
func call(t *testing.T, commands []command, args ...string) (code int, out, err string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), commands, args, terminal.Terminal{Out: &o, Err: &e})
	return code, o.String(), e.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-update writes it anew):\n%s", path, diff)
	}
}

func TestHelp(t *testing.T) {
	code, overview, _ := call(t, commands(), "--help")
	if code != 0 {
		t.Errorf("code %d", code)
	}
	golden(t, "overview.txt", overview)
	for _, c := range commands() {
		code, text, _ := call(t, commands(), c.name, "--help")
		if code != 0 {
			t.Errorf("%s: code %d", c.name, code)
		}
		golden(t, c.name+".txt", text)
		if _, again, _ := call(t, commands(), "help", c.name); again != text {
			t.Errorf("help %s says something else than %s --help", c.name, c.name)
		}
		if !strings.Contains(overview, c.short) {
			t.Errorf("the overview does not say what %s does", c.name)
		}
	}
}

func TestExitCodes(t *testing.T) {
	acting := func(err error) []command {
		return []command{{name: "act", usage: "[flags] FILE", setup: func(f *flag.FlagSet) action {
			f.Bool("fast", false, "act fast")
			return func(context.Context, terminal.Terminal, []string) error { return err }
		}}}
	}
	for _, c := range []struct {
		name string
		args []string
		err  error
		code int
		says string
	}{
		{"done", []string{"act"}, nil, 0, ""},
		{"failed", []string{"act"}, errors.New("boom"), 1, "signalbox act: boom\n"},
		{"failed and said so already", []string{"act"}, errReported, 1, ""},
		{"the action finds the command line wrong", []string{"act"}, usageError("expected a file"), 2, "signalbox act: expected a file\nUsage: signalbox act [flags] FILE\n"},
		{"a flag that does not exist", []string{"act", "--slow"}, nil, 2, "flag provided but not defined: -slow"},
		{"a flag after an argument", []string{"act", "file", "--fast"}, nil, 0, ""},
		{"a command that does not exist", []string{"dance"}, nil, 2, `there is no command "dance"`},
		{"no command", nil, nil, 2, "Usage: signalbox COMMAND"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, said := call(t, acting(c.err), c.args...)
			if code != c.code {
				t.Errorf("code %d, want %d", code, c.code)
			}
			if !strings.Contains(said, c.says) || c.says == "" && said != "" {
				t.Errorf("said %q, want %q", said, c.says)
			}
		})
	}
}

func TestAnInterruptHasACodeOfItsOwn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	waiting := []command{{name: "wait", setup: func(*flag.FlagSet) action {
		return func(ctx context.Context, _ terminal.Terminal, _ []string) error { cancel(); return ctx.Err() }
	}}}
	if code := run(ctx, waiting, []string{"wait"}, terminal.Terminal{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}); code != 130 {
		t.Errorf("code %d", code)
	}
}

func TestArgumentsAndFlagsMix(t *testing.T) {
	for _, c := range []struct {
		args, rest []string
		way        string
	}{
		{[]string{"a", "--way", "sns", "b"}, []string{"a", "b"}, "sns"},
		{[]string{"--way=sns", "a"}, []string{"a"}, "sns"},
		{[]string{"a", "--", "--way", "b"}, []string{"a", "--way", "b"}, ""},
	} {
		flags := flag.NewFlagSet("x", flag.ContinueOnError)
		way := flags.String("way", "", "")
		rest, err := parse(flags, c.args)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.rest, rest); diff != "" || *way != c.way {
			t.Errorf("%q: way %q, rest %s", c.args, *way, diff)
		}
	}
}

func TestWhatIsTypedWrongIsTold(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"demo", "extra"}, `demo takes no argument, not "extra"`},
		{[]string{"demo", "--break", "dhl=503"}, "neither a system nor a function dhl"},
		{[]string{"demo", "--wait", "soon"}, "invalid value"},
		{[]string{"local", "extra"}, `local takes no argument, not "extra"`},
		{[]string{"send"}, "expected a file"},
		{[]string{"send", "--way", "pigeon", "x"}, "expected one of sqs"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			code, _, said := call(t, commands(), c.args...)
			if code != 2 || !strings.Contains(said, c.says) {
				t.Errorf("code %d, said %q", code, said)
			}
		})
	}
}
