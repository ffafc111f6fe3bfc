package lambdalocal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"signalbox/shared/lambdatest"
)

const patience = 10 * time.Second

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("not within %s: %s", patience, what)
}

// seen collects observations and what functions print.
type seen struct {
	mu    sync.Mutex
	kinds []Kind
	errs  []error
	lines []string
	pids  []int
}

func (s *seen) observe(o Observation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kinds = append(s.kinds, o.Kind)
	if o.Err != nil {
		s.errs = append(s.errs, o.Err)
	}
}

func (s *seen) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, strings.TrimSpace(string(line)))
	return len(line), nil
}

func (s *seen) crashes() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.errs)
}

func (s *seen) printed(line string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.lines, line)
}

// compiled runs the tiny function behind q.
func compiled(t *testing.T, q Queues, m EventSource, timeout time.Duration) (*Lambda, *seen, string) {
	t.Helper()
	s := &seen{}
	l := New(Options{Queues: q, Observe: s.observe, Crashed: 3 * time.Second, Start: func(f Function) (Environment, error) {
		p, err := Start(f)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.pids = append(s.pids, p.PID())
		s.mu.Unlock()
		return p, nil
	}})
	t.Cleanup(func() { l.Close(time.Second) })
	tiny := lambdatest.BuildPackage(t, "shared/lambdalocal/testdata/tiny")
	m.QueueARN, m.QueueURL = "arn:aws:sqs:eu-west-1:000000000000:tiny", "http://127.0.0.1/tiny"
	if err := l.Run(Function{Name: "tiny", Bootstrap: tiny, Timeout: timeout, Stdout: s}, m); err != nil {
		t.Fatal(err)
	}
	return l, s, tiny
}

func TestOfABatchOnlyWhatFailedStays(t *testing.T) {
	q := newFakeQueue("one", "fail", "two", "fail", "three")
	compiled(t, q, EventSource{BatchSize: 10, ReportsItems: true}, time.Second)
	eventually(t, "two messages are left", func() bool { return q.left() == 2 })
	if diff := cmp.Diff([]string{"one", "three", "two"}, q.gone(), cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Error(diff)
	}
}

func TestAMappingWithoutItemReportsDeletesTheWholeBatch(t *testing.T) {
	q := newFakeQueue("one", "fail")
	compiled(t, q, EventSource{BatchSize: 10}, time.Second)
	eventually(t, "nothing is left", func() bool { return q.left() == 0 })
}

func TestAnInvokeThatGoesWrongDeletesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		want    error
	}{
		"the function answers with an error":        {"error", nil},
		"the function names a message of nobody":    {"unknown", nil},
		"the process ends":                          {"exit", ErrExited},
		"the time is up, and the process is killed": {"hang", ErrTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			q := newFakeQueue("one", c.message)
			_, s, _ := compiled(t, q, EventSource{BatchSize: 10, ReportsItems: true}, 500*time.Millisecond)
			eventually(t, "the crash is seen", func() bool { return len(s.crashes()) > 0 })
			if err := s.crashes()[0]; c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if gone := q.gone(); len(gone) > 0 {
				t.Errorf("deleted: %v", gone)
			}
			eventually(t, "the batch comes back soon", func() bool {
				q.mu.Lock()
				defer q.mu.Unlock()
				return q.shown["one"] == 3
			})
			q.send("after")
			eventually(t, "the next message is served all the same", func() bool { return slices.Contains(q.gone(), "after") })
		})
	}
}

func TestASwapTakesEffectAndLosesNothing(t *testing.T) {
	q := newFakeQueue()
	l, s, tiny := compiled(t, q, EventSource{BatchSize: 1, ReportsItems: true}, 5*time.Second)
	second := filepath.Join(t.TempDir(), "second")
	program, err := os.ReadFile(tiny)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(second, program, 0o755); err != nil {
		t.Fatal(err)
	}
	q.send("slow")
	eventually(t, "an invoke runs", func() bool { return s.printed("tiny slow") })
	if err := l.Swap("tiny", second); err != nil {
		t.Fatal(err)
	}
	q.send("next")
	eventually(t, "the new program serves", func() bool { return s.printed("second next") })
	eventually(t, "the invoke that ran has finished", func() bool { return q.left() == 0 })
	q.send("more")
	eventually(t, "the next message is served", func() bool { return q.left() == 0 })
	if !s.printed("second more") {
		t.Error("the old program serves again")
	}
	if len(s.crashes()) > 0 {
		t.Errorf("crashes: %v", s.crashes())
	}
}

func TestAProgramThatDoesNotStartChangesNothing(t *testing.T) {
	q := newFakeQueue()
	l, s, _ := compiled(t, q, EventSource{BatchSize: 1, ReportsItems: true}, time.Second)
	if err := l.Swap("tiny", filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a program that is not there was swapped in")
	}
	q.send("one")
	eventually(t, "the old program serves", func() bool { return s.printed("tiny one") })
}

func TestCloseLeavesNoProcess(t *testing.T) {
	q := newFakeQueue("hang")
	l, s, _ := compiled(t, q, EventSource{BatchSize: 1, ReportsItems: true}, time.Minute)
	eventually(t, "an invoke runs", func() bool { return s.printed("tiny hang") })
	l.Close(50 * time.Millisecond)
	for _, pid := range s.pids {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d is there after Close: %v", pid, err)
		}
	}
	if l.Busy() != 0 {
		t.Error("invokes run after Close")
	}
}

func TestKillEndsARunningInvoke(t *testing.T) {
	q := newFakeQueue("hang")
	l, s, _ := compiled(t, q, EventSource{BatchSize: 1, ReportsItems: true}, time.Minute)
	eventually(t, "an invoke runs", func() bool { return s.printed("tiny hang") })
	if n, err := l.Kill("tiny"); n != 1 || err != nil {
		t.Errorf("killed %d, error %v", n, err)
	}
	eventually(t, "the crash is seen", func() bool { return len(s.crashes()) == 1 })
	if _, err := l.Kill("nobody"); err == nil {
		t.Error("a function that does not run was killed")
	}
}

// failing is an environment whose first invoke fails.
type failing struct{ invokes, closed *atomic.Int32 }

func (f failing) Invoke(context.Context, []byte) ([]byte, error) {
	if f.invokes.Add(1) == 1 {
		return nil, errors.New("out of its mind")
	}
	return nil, nil
}
func (failing) Kill()    {}
func (f failing) Close() { f.closed.Add(1) }

// What ended is replaced by the environment itself, so one whose invoke failed
// serves on, and what it counts goes on too.
func TestAnEnvironmentOutlivesAFailedInvoke(t *testing.T) {
	q := newFakeQueue("one")
	f, started := failing{&atomic.Int32{}, &atomic.Int32{}}, atomic.Int32{}
	l := New(Options{Queues: q, Start: func(Function) (Environment, error) { started.Add(1); return f, nil }})
	defer l.Close(time.Second)
	if err := l.Run(Function{Name: "f"}, EventSource{BatchSize: 1}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an invoke failed", func() bool { return f.invokes.Load() == 1 })
	q.send("two")
	eventually(t, "the next is served", func() bool { return slices.Contains(q.gone(), "two") })
	if started.Load() != 1 || f.closed.Load() != 0 {
		t.Errorf("%d environments were started and %d closed", started.Load(), f.closed.Load())
	}
}

// counting is an environment that counts how many invokes run at once.
type counting struct{ running, most *atomic.Int32 }

func (c counting) Invoke(context.Context, []byte) ([]byte, error) {
	n := c.running.Add(1)
	defer c.running.Add(-1)
	for {
		most := c.most.Load()
		if n <= most || c.most.CompareAndSwap(most, n) {
			break
		}
	}
	time.Sleep(10 * time.Millisecond)
	return nil, nil
}
func (counting) Kill()  {}
func (counting) Close() {}

func TestInvokesAtOnceAreBounded(t *testing.T) {
	for _, c := range []struct {
		name             string
		mapping, machine int
		want             int32
	}{
		{"by the mapping where it is stricter", 2, 4, 2},
		{"by the machine where it is stricter", 50, 3, 3},
		{"by the machine where the mapping has no bound", 0, 3, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			var bodies []string
			for i := range 40 {
				bodies = append(bodies, fmt.Sprint(i))
			}
			q := newFakeQueue(bodies...)
			p := counting{running: &atomic.Int32{}, most: &atomic.Int32{}}
			l := New(Options{Queues: q, MaxProcesses: c.machine, Start: func(Function) (Environment, error) { return p, nil }})
			defer l.Close(time.Second)
			if err := l.Run(Function{Name: "f"}, EventSource{BatchSize: 1, MaxConcurrency: c.mapping, ReportsItems: true}); err != nil {
				t.Fatal(err)
			}
			eventually(t, "all messages are served", func() bool { return q.left() == 0 })
			if got := p.most.Load(); got != c.want {
				t.Errorf("%d invokes at once, want %d", got, c.want)
			}
		})
	}
}

func TestTheWindowFillsABatch(t *testing.T) {
	q := newFakeQueue("one")
	var mu sync.Mutex
	var sizes []int
	l := New(Options{Queues: q, Observe: func(o Observation) {
		if o.Kind == Received {
			mu.Lock()
			defer mu.Unlock()
			sizes = append(sizes, len(o.Messages))
		}
	}, Start: func(Function) (Environment, error) { return counting{&atomic.Int32{}, &atomic.Int32{}}, nil }})
	defer l.Close(time.Second)
	if err := l.Run(Function{Name: "f"}, EventSource{BatchSize: 3, Window: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(30 * time.Millisecond)
	q.send("two", "three")
	eventually(t, "all messages are served", func() bool { return q.left() == 0 })
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff([]int{3}, sizes); diff != "" {
		t.Errorf("batches: %s", diff)
	}
}
