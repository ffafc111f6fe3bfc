package lambdalocal_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"signalbox/shared/lambdalocal"
	"signalbox/shared/lambdatest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// report is what the probe answers.
type report struct {
	PID, Invoke       int
	Remaining         time.Duration
	RequestID, ARN    string
	Name, Memory, Env string
	Inherited         string
}

func probe(t *testing.T, f lambdalocal.Function) *lambdalocal.Process {
	t.Helper()
	f.Bootstrap = lambdatest.BuildPackage(t, "shared/lambdalocal/testdata/probe")
	f.Name = "probe"
	p, err := lambdalocal.Start(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func invoke(t *testing.T, p *lambdalocal.Process, payload string) (report, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	answer, err := p.Invoke(ctx, []byte(payload))
	if err != nil {
		return report{}, err
	}
	var r report
	if err := json.Unmarshal(answer, &r); err != nil {
		t.Fatal(err)
	}
	return r, nil
}

func TestFunctionSeesWhatLambdaTellsIt(t *testing.T) {
	t.Setenv("HOME", "/nowhere")
	p := probe(t, lambdalocal.Function{Timeout: 5 * time.Second, MemoryMB: 256, Env: []string{"PROBE=set"}})
	first, err := invoke(t, p, `{}`)
	if err != nil {
		t.Fatal(err)
	}
	second, err := invoke(t, p, `{}`)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case first.Remaining < 4*time.Second || first.Remaining > 5*time.Second:
		t.Errorf("%v remained of 5 s", first.Remaining)
	case first.Name != "probe" || first.Memory != "256" || first.Env != "set" || !strings.HasSuffix(first.ARN, ":function:probe"):
		t.Errorf("got %+v", first)
	case first.Inherited != "":
		t.Errorf("the function inherited HOME=%s", first.Inherited)
	case first.RequestID == second.RequestID:
		t.Error("two invokes have one id")
	case first.PID != second.PID || second.Invoke != 2 || p.Starts() != 1 || p.PID() != first.PID:
		t.Errorf("the process was not kept: %+v, then %+v", first, second)
	}
}

func TestFailedInvokeIsReplacedOnlyIfTheProcessEnded(t *testing.T) {
	for _, c := range []struct {
		name, order string
		want        func(error) bool
		starts      int
	}{
		{"an error leaves the process as it is", `{"Fail":"no"}`, func(err error) bool {
			var f *lambdalocal.FunctionError
			return errors.As(err, &f) && f.Type == "errorString" && f.Message == "no" && !f.Init
		}, 1},
		{"a panic ends the process", `{"Panic":true}`, func(err error) bool {
			var f *lambdalocal.FunctionError
			return errors.As(err, &f) && f.Message == "asked to"
		}, 2},
		{"an exit ends the process", `{"Exit":true}`, func(err error) bool { return errors.Is(err, lambdalocal.ErrExited) }, 2},
		{"a timeout kills the process", `{"Sleep":60000000000}`, func(err error) bool { return errors.Is(err, lambdalocal.ErrTimeout) }, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := probe(t, lambdalocal.Function{Timeout: 300 * time.Millisecond})
			pid := p.PID()
			if _, err := invoke(t, p, c.order); !c.want(err) {
				t.Errorf("got %v", err)
			}
			if c.starts > 1 {
				awaitGone(t, pid)
			}
			if _, err := invoke(t, p, `{}`); err != nil || p.Starts() != c.starts {
				t.Errorf("the next invoke: %v after %d starts, want %d", err, p.Starts(), c.starts)
			}
		})
	}
}

func awaitGone(t *testing.T, pid int) {
	t.Helper()
	for range 200 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
}

func TestKillInMidInvokeLosesTheAnswerAlone(t *testing.T) {
	p := probe(t, lambdalocal.Function{Timeout: 10 * time.Second})
	time.AfterFunc(100*time.Millisecond, p.Kill)
	if _, err := invoke(t, p, `{"Sleep":5000000000}`); !errors.Is(err, lambdalocal.ErrExited) {
		t.Errorf("got %v", err)
	}
	if r, err := invoke(t, p, `{}`); err != nil || r.Invoke != 1 {
		t.Errorf("the next invoke: %+v, %v", r, err)
	}
}

func TestInvokeThatIsGivenUpKillsTheProcess(t *testing.T) {
	p := probe(t, lambdalocal.Function{Timeout: 10 * time.Second})
	pid := p.PID()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := p.Invoke(ctx, []byte(`{"Sleep":5000000000}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	awaitGone(t, pid)
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	p := probe(t, lambdalocal.Function{})
	pid := p.PID()
	p.Close()
	awaitGone(t, pid)
	if _, err := invoke(t, p, `{}`); !errors.Is(err, lambdalocal.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestFailedInitializationIsReported(t *testing.T) {
	bootstrap := lambdatest.BuildPackage(t, "shared/lambdalocal/testdata/probe")
	_, err := lambdalocal.Start(lambdalocal.Function{Bootstrap: bootstrap, Name: "probe", Env: []string{"PROBE_INIT=exit"}})
	if !errors.Is(err, lambdalocal.ErrExited) {
		t.Errorf("got %v", err)
	}
	if _, err := lambdalocal.Start(lambdalocal.Function{Bootstrap: bootstrap + "-missing", Name: "probe"}); err == nil {
		t.Error("a program that is not there was started")
	}
}

func TestOutputArrivesInWholeLines(t *testing.T) {
	var out writes
	p := probe(t, lambdalocal.Function{Stdout: &out})
	if _, err := invoke(t, p, `{"Print":"one\ntwo\nthr"}`); err != nil {
		t.Fatal(err)
	}
	if _, err := invoke(t, p, `{"Print":"ee\nfour"}`); err != nil {
		t.Fatal(err)
	}
	p.Close()
	if got := strings.Join(out.all(), "|"); got != "one\n|two\n|three\n|four\n" {
		t.Errorf("got %q", got)
	}
}

type writes struct {
	mu   sync.Mutex
	text []string
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, string(p))
	return len(p), nil
}

func (w *writes) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.text...)
}

func TestOneProcessServesSeveralInvokesAtOnce(t *testing.T) {
	p := probe(t, lambdalocal.Function{Concurrency: 4, Timeout: 10 * time.Second})
	start := time.Now()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := p.Invoke(context.Background(), []byte(`{"Sleep":300000000}`)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if took := time.Since(start); took < 600*time.Millisecond || took > 2*time.Second {
		t.Errorf("8 invokes of 300 ms, 4 at once, took %v", took)
	}
}
