package terminal

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func TestColourIsForTerminalsAlone(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lookup := func(string) (string, bool) { return "", false }
	if term := New(file, file, lookup); term.Color || term.ErrColor {
		t.Error("a file gets colour")
	}
	if got := (Terminal{}).In(Red, "x"); got != "x" {
		t.Errorf("got %q", got)
	}
	if got := (Terminal{Color: true}).In(Red, "x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("got %q", got)
	}
}

func TestNoColorAndDumbTerminalsStayPlain(t *testing.T) {
	// A character device as a terminal is.
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	for name, c := range map[string]struct {
		env  map[string]string
		want bool
	}{
		"a terminal":     {nil, true},
		"NO_COLOR":       {map[string]string{"NO_COLOR": "1"}, false},
		"empty NO_COLOR": {map[string]string{"NO_COLOR": ""}, true},
		"a dumb one":     {map[string]string{"TERM": "dumb"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			term := New(device, device, func(key string) (string, bool) { v, ok := c.env[key]; return v, ok })
			if term.Color != c.want {
				t.Errorf("colour: %v", term.Color)
			}
		})
	}
}

// at returns a progress into a file whose clock the test moves.
func at(out *bytes.Buffer, now *time.Time) *Progress {
	p := NewProgress(Terminal{Err: out}, false)
	p.now = func() time.Time { return *now }
	p.began = *now
	return p
}

func TestAStepIsALineWithItsTime(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := at(&out, &now)
	err := p.Run("build", func() (string, error) { now = now.Add(1500 * time.Millisecond); return "3 changed", nil })
	if err != nil {
		t.Fatal(err)
	}
	if want := "✓ build                      1.5 s  3 changed\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestAStepThatFailsIsMarkedAndItsErrorReturned(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	boom := errors.New("boom")
	if err := at(&out, &now).Run("build", func() (string, error) { return "note", boom }); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	if got := out.String(); !strings.HasPrefix(got, "✗ build") || strings.Contains(got, "note") {
		t.Errorf("got %q", got)
	}
}

func TestALongStepShowsThatItRuns(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := at(&out, &now)
	s := &step{name: "build", began: now, reported: now, note: "2 left"}
	p.running = []*step{s}
	now = now.Add(remind - time.Second)
	p.draw()
	if out.Len() > 0 {
		t.Errorf("told too early: %q", out.String())
	}
	now = now.Add(time.Second)
	p.draw()
	p.draw()
	if want := "… build                     15.0 s  2 left\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestOnATerminalOneLineMoves(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := at(&out, &now)
	p.moves = true
	p.running = []*step{{name: "build", began: now}, {name: "install", began: now}}
	now = now.Add(3 * time.Second)
	p.draw()
	p.draw()
	if want := "… build 3 s · install 3 s\r\x1b[K… build 3 s · install 3 s"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
