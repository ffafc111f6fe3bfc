package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/infra/local/demo"
	"signalbox/shared/lambdatest"
)

// localVariable switches on the tests that start the whole system: they install
// the engine if it is missing, and the first synthesis takes minutes.
const localVariable = "SIGNALBOX_LOCAL_TEST"

// program returns the compiled command and the checkout.
func program(t *testing.T) (path, root string) {
	t.Helper()
	if on, _ := os.LookupEnv(localVariable); on == "" {
		t.Skip("starts the whole system; set " + localVariable + "=1")
	}
	root, err := lambdatest.Root()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "signalbox")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./infra/cmd/signalbox")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path, root
}

func play(t *testing.T, path, root string, args ...string) (demo.Result, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, path, append([]string{"demo", "--json"}, args...)...)
	c.Dir = root
	var out, complaints bytes.Buffer
	c.Stdout, c.Stderr = &out, &complaints
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var r demo.Result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v\n%s", err, complaints.String())
	}
	return r, c.ProcessState.ExitCode()
}

func TestDemo(t *testing.T) {
	path, root := program(t)
	t.Run("all is accounted for", func(t *testing.T) {
		r, code := play(t, path, root)
		if code != 0 || !r.OK || len(r.Problems) > 0 {
			t.Errorf("code %d, problems %q", code, r.Problems)
		}
		if len(r.Entries) < 30 || len(r.Effects) < 30 {
			t.Errorf("%d reactions, %d effects", len(r.Entries), len(r.Effects))
		}
		for _, s := range r.Stories {
			for i, outcome := range s.Outcomes {
				if !slices.Contains([]string{"applied", "ignored", "dead-letter"}, outcome) {
					t.Errorf("%s by %s: %s", s.Sample, s.Ways[i], outcome)
				}
			}
		}
	})
	t.Run("what a vendor refuses and what is poison is dead-lettered with its reason", func(t *testing.T) {
		r, code := play(t, path, root, "--break", "klaviyo=400", "--poison")
		if code != 0 {
			t.Errorf("code %d, problems %q", code, r.Problems)
		}
		reasons := map[string]int{}
		for _, d := range r.DeadLetters {
			reasons[d.Function+" "+d.Reason]++
		}
		for _, want := range []string{"order-created-marketing klaviyo-400", "order-created-crm invalid-event", "order-created-fraud invalid-event"} {
			if reasons[want] == 0 {
				t.Errorf("no dead letter %s: %v", want, reasons)
			}
		}
	})
	t.Run("a function that dies after its effect repeats nothing", func(t *testing.T) {
		r, code := play(t, path, root, "--break", "order-created-crm=kill")
		if code != 0 {
			t.Errorf("code %d, problems %q", code, r.Problems)
		}
		for _, s := range r.Functions {
			if s.Function == "order-created-crm" && s.Crashes == 0 {
				t.Error("nothing died")
			}
		}
	})
	t.Run("a vendor that acts after its client gave up repeats nothing", func(t *testing.T) {
		r, code := play(t, path, root, "--break", "klaviyo=late:2")
		if code != 0 {
			t.Errorf("code %d, problems %q", code, r.Problems)
		}
		waited := 0
		for _, e := range r.Entries {
			// A request to Klaviyo has 10 s, and is then repeated.
			if e.System == "klaviyo" && e.MS > 9000 {
				waited++
			}
		}
		if waited == 0 {
			t.Error("no reaction waited for Klaviyo in vain")
		}
	})
	t.Run("a vendor that is down leaves events stuck, and says so", func(t *testing.T) {
		r, code := play(t, path, root, "--break", "fedex=503", "--wait", "5s")
		if code != 1 || r.OK || len(r.Stuck) == 0 || !strings.Contains(strings.Join(r.Problems, "\n"), "is stuck after") {
			t.Errorf("code %d, problems %q", code, r.Problems)
		}
	})
}

// watched collects what a process prints.
type watched struct {
	mu   sync.Mutex
	text strings.Builder
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *watched) await(t *testing.T, text string, within time.Duration) {
	t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		w.mu.Lock()
		found := strings.Contains(w.text.String(), text)
		w.mu.Unlock()
		if found {
			return
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	t.Fatalf("not printed within %s: %q\n%s", within, text, w.text.String())
}

func TestLocalLeavesNothingRunning(t *testing.T) {
	path, root := program(t)
	for name, stop := range map[string]os.Signal{"after an interrupt": os.Interrupt, "after a kill": os.Kill} {
		t.Run(name, func(t *testing.T) {
			var out watched
			c := exec.Command(path, "local")
			c.Dir, c.Stdout, c.Stderr = root, &out, &out
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Process.Kill() }()
			out.await(t, "Signalbox runs.", 6*time.Minute)
			send := exec.Command(path, "send", "--way", "sns", filepath.Join("events-samples", "commercetools", "order-created.json"))
			send.Dir = root
			if said, err := send.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			out.await(t, "shipment-created-tracking  applied", time.Minute)
			children := descendants(t, c.Process.Pid)
			if len(children) < 7 {
				t.Errorf("%d processes, want an engine and six functions", len(children))
			}
			if err := c.Process.Signal(stop); err != nil {
				t.Fatal(err)
			}
			err := c.Wait()
			if stop == os.Interrupt && err != nil {
				t.Errorf("ended with %v", err)
			}
			for end := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
				left := 0
				for _, pid := range children {
					if syscall.Kill(pid, 0) == nil {
						left++
					}
				}
				if left == 0 {
					break
				}
				if time.Now().After(end) {
					t.Fatalf("%d of %d processes are left", left, len(children))
				}
			}
		})
	}
}

// descendants are the processes that pid started, as /proc tells.
func descendants(t *testing.T, pid int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Skip("this machine has no /proc")
	}
	var all []int
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		// pid (name) state parent …
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			all = append(append(all, child), descendants(t, child)...)
		}
	}
	return all
}
