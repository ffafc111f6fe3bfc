package queue

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/functiontest"
	"signalbox/shared/process"
)

// timed is a fixture whose function keeps timers; fired collects the keys of those
// that its handler was given.
func timed(t *testing.T, answer error) (f *fixture, fired *[]string) {
	t.Helper()
	fired = new([]string)
	f = newFixture(catalog.Function{}, nothing)
	f.takeTimers(func(_ context.Context, e event.Event[process.Fired]) error {
		*fired = append(*fired, e.Data.Key)
		return answer
	})
	return f, fired
}

func timer(t *testing.T, function, key string) event.Raw {
	t.Helper()
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	raw, err := event.Next(function, event.Header{ID: "e-" + key, CorrelationID: "story"}, at, process.Fired{Process: "inquiry", Key: key, Timer: "answer", Version: 1, At: at})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func bare(t *testing.T, e event.Raw) string {
	t.Helper()
	body, err := event.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestATimerPassesTheChainOnce(t *testing.T) {
	f, fired := timed(t, nil)
	body := bare(t, timer(t, "function", "o-1"))
	for range 2 {
		if failed := deliver(t, f, sqsEvent(t, message{id: "m", body: body}, message{id: "n", body: onBus(t, order(t, "o-2"))})); len(failed) != 0 {
			t.Fatalf("failed %v", failed)
		}
	}
	if len(*fired) != 1 || (*fired)[0] != "o-1" {
		t.Errorf("fired %v", *fired)
	}
	if got := f.output.Outcomes(t); got["applied"] != 2 || got["duplicate"] != 2 {
		t.Errorf("outcomes %v", got)
	}
	lines := f.output.Lines(t, "handled")
	if lines[0]["eventtype"] == nil || lines[0]["correlationid"] == nil {
		t.Errorf("a line says nothing of the story: %v", lines[0])
	}
	// The numbers of a type of events are those of its events alone.
	for line := range strings.Lines(f.output.String()) {
		if strings.Contains(line, `"EventType":"order.created"`) && strings.Contains(line, `"Applied":2`) {
			t.Errorf("the timer counts among the events: %s", line)
		}
	}
}

func TestATimerThatWasMovedIsStale(t *testing.T) {
	f, _ := timed(t, process.ErrStale)
	if failed := deliver(t, f, sqsEvent(t, message{id: "m", body: bare(t, timer(t, "function", "o-1"))})); len(failed) != 0 {
		t.Fatalf("failed %v", failed)
	}
	lines := f.output.Lines(t, "handled")
	if len(lines) != 1 || lines[0]["outcome"] != "stale" || lines[0]["reason"] != "timer-moved" {
		t.Errorf("lines %v", lines)
	}
}

func TestATimerThatFailsGoesBackOrToTheDeadLetters(t *testing.T) {
	f, _ := timed(t, errors.New("no answer"))
	if failed := deliver(t, f, sqsEvent(t, message{id: "m", body: bare(t, timer(t, "function", "o-1"))})); len(failed) != 1 {
		t.Errorf("failed %v, want the timer to be retried", failed)
	}
	f, _ = timed(t, fault.Refuse("process-state", nil))
	if failed := deliver(t, f, sqsEvent(t, message{id: "m", body: bare(t, timer(t, "function", "o-1"))})); len(failed) != 0 || len(f.queue.Sent) != 1 || f.queue.Attribute(0, "reason") != "process-state" {
		t.Errorf("failed %v, %d dead letters", failed, len(f.queue.Sent))
	}
}

func TestWhatIsNoTimerOfTheFunctionFiresNothing(t *testing.T) {
	own := timer(t, "function", "o-1")
	for name, body := range map[string]string{
		"one that was published":            onBus(t, own),
		"another function's":                bare(t, timer(t, "other", "o-1")),
		"one whose data and name disagree":  strings.Replace(bare(t, own), `"key":"o-1"`, `"key":"o-2"`, 1),
		"one of a version that is not ours": strings.Replace(bare(t, own), ":timer.fired:1", ":timer.fired:2", 1),
		"one without a version":             strings.Replace(bare(t, own), `"version":1`, `"version":0`, 1),
		"one that is cut off":               bare(t, own)[:200],
	} {
		t.Run(name, func(t *testing.T) {
			f, fired := timed(t, nil)
			if failed := deliver(t, f, sqsEvent(t, message{id: "m", body: body})); len(failed) != 0 {
				t.Errorf("failed %v", failed)
			}
			if len(*fired) != 0 || len(f.queue.Sent) != 1 || f.queue.Attribute(0, "fault") != "invalid" {
				t.Errorf("fired %v, %d dead letters", *fired, len(f.queue.Sent))
			}
		})
	}
	// A function that keeps none takes none.
	f := newFixture(catalog.Function{}, nothing)
	if failed := deliver(t, f, sqsEvent(t, message{id: "m", body: bare(t, own)})); len(failed) != 0 || len(f.queue.Sent) != 1 {
		t.Errorf("without timers: failed %v, %d dead letters", failed, len(f.queue.Sent))
	}
}

func TestTheCatalogSaysWhoKeepsTimers(t *testing.T) {
	functiontest.Stage(t)
	keeps := assembleWithTimers(func(context.Context, function.Env) (Timed[retail.OrderCreated], error) { return nil, nil })
	if _, err := function.Initialize("order-created-marketing", functiontest.Process(0), keeps); err == nil || !strings.Contains(err.Error(), "keep no timers") {
		t.Errorf("%v", err)
	}
}
