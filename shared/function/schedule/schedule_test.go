package schedule

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"signalbox/shared/catalog"
	"signalbox/shared/fault"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/function/internal/functiontest"
	"signalbox/shared/telemetry"
)

const tick = `{"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event","source":"aws.events","account":"123456789012","time":"2026-11-28T04:30:00Z","region":"eu-central-1","resources":["arn:aws:events:eu-central-1:123456789012:rule/r"],"detail":{}}`

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newSchedule(run Run) (*Function, *functiontest.Output) {
	out := &functiontest.Output{}
	return New(delivery.Recorder{
		Function: catalog.Function{Name: "sweep", Trigger: catalog.Schedule{}}, Stage: "test", Out: out, Now: time.Now,
		Log: telemetry.New(out, "INFO", "sweep", "test"),
	}, run), out
}

func TestScheduleAndInvocationByHandAreKeptApart(t *testing.T) {
	var got Invocation
	s, _ := newSchedule(func(_ context.Context, r Invocation) (Report, error) {
		got = r
		return Report{Counts: map[string]int{"Read": 3}, Notes: map[string]string{"complete": "true"}}, nil
	})
	answer, err := s.Invoke(t.Context(), []byte(tick))
	if err != nil || string(answer) != `{"counts":{"Read":3},"notes":{"complete":"true"}}` {
		t.Errorf("%s, %v", answer, err)
	}
	if got.Demand != nil || got.Time.Minute() != 30 {
		t.Errorf("on schedule: %+v", got)
	}
	for _, demand := range []string{`{}`, `{"from":"2026-11-20T00:00:00Z"}`, `{"source":"aws.events","detail-type":"Other"}`} {
		if _, err := s.Invoke(t.Context(), []byte(demand)); err != nil || string(got.Demand) != demand {
			t.Errorf("on demand: %+v, %v", got, err)
		}
	}
	for _, bad := range []string{"", "null", `"x"`, "[]", "{", `{"time":7}`} {
		if _, err := s.Invoke(t.Context(), []byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestRunIsCountedAndLoggedOnce(t *testing.T) {
	s, out := newSchedule(func(context.Context, Invocation) (Report, error) {
		return Report{Counts: map[string]int{"Read": 2, "Missed": 0}, Notes: map[string]string{"status": "Healthy"}}, nil
	})
	if _, err := s.Invoke(t.Context(), []byte(tick)); err != nil {
		t.Fatal(err)
	}
	lines := out.Lines(t, "ran")
	if len(lines) != 1 || lines[0]["outcome"] != "applied" || lines[0]["by"] != "clock" || lines[0]["Read"] != 2.0 || lines[0]["status"] != "Healthy" {
		t.Errorf("lines %v", lines)
	}
	text := out.String()
	if !strings.Contains(text, `"Read":2`) || !strings.Contains(text, `"Applied":1`) || strings.Contains(text, `{"Name":"Missed"`) {
		t.Errorf("metrics:\n%s", text)
	}
}

func TestRunThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		run    func(context.Context, Invocation) (Report, error)
		reason string
	}{
		"by a fault": {func(context.Context, Invocation) (Report, error) {
			return Report{Counts: map[string]int{"Read": 1}}, fault.Retry("shop-503", 0, errors.New("busy"))
		}, "shop-503"},
		"by an error nobody classified": {func(context.Context, Invocation) (Report, error) { return Report{}, errors.New("canary") }, "unclassified"},
		"by a panic":                    {func(context.Context, Invocation) (Report, error) { panic("canary") }, "panic"},
	} {
		t.Run(name, func(t *testing.T) {
			s, out := newSchedule(c.run)
			_, err := s.Invoke(t.Context(), []byte(tick))
			if err == nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("Lambda is told %v", err)
			}
			lines := out.Lines(t, "ran")
			if len(lines) != 1 || lines[0]["outcome"] != "failed" || lines[0]["reason"] != c.reason {
				t.Errorf("lines %v", lines)
			}
			if text := out.String(); !strings.Contains(text, `"ItemFailures":1`) || strings.Contains(text, "canary") {
				t.Errorf("told:\n%s", text)
			}
		})
	}
}

func TestRunEndsBeforeItsInvoke(t *testing.T) {
	s, _ := newSchedule(func(ctx context.Context, _ Invocation) (Report, error) {
		<-ctx.Done()
		return Report{}, fault.Retry("deadline", 0, ctx.Err())
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := s.Invoke(ctx, []byte(tick)); err == nil || ctx.Err() != nil {
		t.Errorf("%v, and the invoke's own time: %v", err, ctx.Err())
	}
}

func FuzzScheduledRequest(f *testing.F) {
	f.Add([]byte(tick))
	f.Add([]byte(`{"from":"2026-11-20T00:00:00Z","to":"2026-11-21T00:00:00Z"}`))
	f.Add([]byte(`{"source":"aws.events","detail-type":"Scheduled Event","time":null}`))
	s, _ := newSchedule(nil)
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := s.read(payload)
		if err == nil && r.Time.IsZero() {
			t.Errorf("%s: no time", payload)
		}
	})
}
