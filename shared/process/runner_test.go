package process_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/process"
	"signalbox/shared/process/processtest"
	"signalbox/shared/state"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// waiting is the state of the process under test, which waits for an answer.
type waiting struct {
	Asked    time.Time `json:"asked,omitzero"`
	Answered bool      `json:"answered,omitzero"`
	Overdue  bool      `json:"overdue,omitzero"`
}

type asked struct {
	at     time.Time
	within time.Duration
}
type answered struct{}

// overdue is the event that follows.
type overdue struct{}

const typeOverdue event.Type = "inquiry.overdue"

func (overdue) EventType() event.Type { return typeOverdue }
func (overdue) SchemaVersion() int    { return 1 }
func (overdue) Subject() string       { return "o-1" }
func (overdue) Validate() error       { return nil }

func decide(s waiting, e any) process.Decision[waiting] {
	d := process.Decision[waiting]{State: s}
	switch e := e.(type) {
	case asked:
		if !e.at.Before(s.Asked) && !s.Answered && !s.Overdue {
			d.State.Asked = e.at
			d.Set = []process.Timer{{Name: "answer", At: e.at.Add(e.within)}}
		}
	case answered:
		d.State.Answered = true
		d.Cancel = []string{"answer"}
	case process.Due:
		if !s.Answered {
			d.State.Overdue = true
			d.Emit = []event.Payload{overdue{}}
		}
	}
	return d
}

func due(d process.Due) any { return d }

var inquiry = process.Process[waiting, any]{Name: "inquiry", Decide: decide, Fired: due}

const function = "order-created-inquiry"

func runner(w *processtest.World) process.Runner[waiting, any] {
	env := w.Env(function)
	return process.Runner[waiting, any]{Process: inquiry, Function: function, Store: w.Store(inquiry.Name), Emitter: env, Timers: env}
}

func cause(id string) event.Header { return event.Header{ID: id, CorrelationID: "story"} }

// fire is what the function does with a timer.
func fire(t *testing.T, r process.Runner[waiting, any]) func(event.Event[process.Fired]) error {
	return func(e event.Event[process.Fired]) error {
		_, err := r.Fire(t.Context(), e)
		return err
	}
}

func TestATimerThatFiresIsDecidedOnce(t *testing.T) {
	w := processtest.New(noon)
	r := runner(w)
	if _, err := r.Handle(t.Context(), "o-1", cause("e-1"), asked{noon, time.Hour}); err != nil {
		t.Fatal(err)
	}
	if err := w.Advance(59*time.Minute, fire(t, r)); err != nil || len(w.Published) != 0 {
		t.Fatalf("before its time: %v, %v", w.Published, err)
	}
	var message event.Event[process.Fired]
	if err := w.Advance(time.Minute, func(e event.Event[process.Fired]) error { message = e; return fire(t, r)(e) }); err != nil {
		t.Fatal(err)
	}
	if len(w.Published) != 1 || w.Published[0].CausationID != message.ID || w.Published[0].CorrelationID != "story" || message.CausationID != "e-1" {
		t.Fatalf("published %+v by %+v; want the event of the timer in the story of its cause", w.Published, message.Header)
	}
	// Scheduler delivers at least once.
	if _, err := r.Fire(t.Context(), message); err != nil || len(w.Published) != 1 {
		t.Errorf("the same firing again: %v, %d published", err, len(w.Published))
	}
	// The event that set the timer is delivered again.
	if _, err := r.Handle(t.Context(), "o-1", cause("e-1"), asked{noon, time.Hour}); err != nil || len(w.Timers) != 0 {
		t.Errorf("the cause again: %v, timers %v", err, w.Timers)
	}
}

func TestATimerThatWasMovedOrCancelledIsStale(t *testing.T) {
	for name, change := range map[string]any{
		"cancelled": answered{},
		"moved":     asked{noon.Add(time.Minute), time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			w := processtest.New(noon)
			r := runner(w)
			if _, err := r.Handle(t.Context(), "o-1", cause("e-1"), asked{noon, time.Hour}); err != nil {
				t.Fatal(err)
			}
			var old event.Event[process.Fired]
			for _, raw := range w.Timers {
				old, _ = event.As[process.Fired](raw)
			}
			if _, err := r.Handle(t.Context(), "o-1", cause("e-2"), change); err != nil {
				t.Fatal(err)
			}
			if _, there := w.Timers[process.ScheduleName(function, event.Raw{Header: old.Header})]; there {
				t.Error("its schedule was left")
			}
			if _, err := r.Fire(t.Context(), old); !errors.Is(err, process.ErrStale) || len(w.Published) != 0 {
				t.Errorf("it fired all the same: %v, published %v", err, w.Published)
			}
		})
	}
}

func TestSettingATimerToTheTimeItHasChangesNothing(t *testing.T) {
	w := processtest.New(noon)
	r := runner(w)
	for _, id := range []string{"e-1", "e-1", "e-2"} {
		if _, err := r.Handle(t.Context(), "o-1", cause(id), asked{noon, time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	for _, raw := range w.Timers {
		if e, err := event.As[process.Fired](raw); err != nil || e.Data.Version != 1 || e.CausationID != "e-1" {
			t.Errorf("%+v, %v; want the first setting", e, err)
		}
	}
	if len(w.Timers) != 1 {
		t.Errorf("%d timers", len(w.Timers))
	}
}

var errBroken = errors.New("broken off")

// Wherever a step is broken off, before or after it is done, the redelivery does the
// rest: one event with one id, one timer, nothing owed.
func TestARunThatIsBrokenOffAnywhereIsFinishedByTheRedelivery(t *testing.T) {
	story := func(w *processtest.World) error {
		r, ctx := runner(w), context.Background()
		redeliver := func(do func() error) error {
			var err error
			for range 3 {
				if err = do(); err == nil {
					return nil
				}
			}
			return err
		}
		if err := redeliver(func() error {
			_, err := r.Handle(ctx, "o-1", cause("e-1"), asked{noon, time.Hour})
			return err
		}); err != nil {
			return err
		}
		if err := redeliver(func() error {
			_, err := r.Handle(ctx, "o-1", cause("e-2"), asked{noon.Add(time.Minute), time.Hour})
			return err
		}); err != nil {
			return err
		}
		return redeliver(func() error {
			return w.Advance(2*time.Hour, func(e event.Event[process.Fired]) error {
				_, err := r.Fire(ctx, e)
				return err
			})
		})
	}
	plain := processtest.New(noon)
	if err := story(plain); err != nil {
		t.Fatal(err)
	}
	want := plain.IDs(typeOverdue)
	if len(want) != 1 {
		t.Fatalf("undisturbed: %v", plain.Published)
	}
	for steps := 0; ; steps++ {
		w, passed, broke := processtest.New(noon), 0, ""
		w.Fail = func(step string, done bool) error {
			passed++
			if passed == steps+1 {
				broke = fmt.Sprintf("%s, done %t", step, done)
				return errBroken
			}
			return nil
		}
		err := story(w)
		if broke == "" {
			if steps < 30 {
				t.Errorf("only %d steps were broken off", steps)
			}
			break
		}
		if got := w.IDs(typeOverdue); err != nil || !slices.Equal(got, want) || len(w.Timers) != 0 {
			t.Errorf("broken off at step %d (%s): %v, published %v, want %v, timers %v", steps, broke, err, got, want, w.Timers)
		}
		w.Fail = nil
		record, err := w.Store(inquiry.Name).Get(t.Context(), "o-1")
		if err != nil || len(record.Keeping.Owed) != 0 {
			t.Errorf("broken off at step %d (%s): still owed %+v, %v", steps, broke, record.Keeping.Owed, err)
		}
	}
}

func TestAFunctionDoesOnlyWhatItOwesItself(t *testing.T) {
	w := processtest.New(noon)
	r := runner(w)
	w.Fail = func(step string, _ bool) error {
		if step == "set" {
			return errBroken
		}
		return nil
	}
	if _, err := r.Handle(t.Context(), "o-1", cause("e-1"), asked{noon, time.Hour}); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	other := process.Runner[waiting, any]{Process: inquiry, Function: "order-held-inquiry", Store: w.Store(inquiry.Name), Emitter: w.Env("order-held-inquiry")}
	if _, err := other.Handle(t.Context(), "o-1", cause("e-2"), answered{}); err != nil {
		t.Fatal(err)
	}
	w.Fail = nil
	// What is left is done in its order: the timer is set and cancelled.
	if _, err := r.Handle(t.Context(), "o-1", cause("e-1"), asked{noon, time.Hour}); err != nil || len(w.Timers) != 0 {
		t.Errorf("%v, timers %v", err, w.Timers)
	}
	// A firing that is stale finds what another function left to this one.
	if _, err := r.Handle(t.Context(), "o-3", cause("e-1"), asked{noon, time.Hour}); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Handle(t.Context(), "o-3", cause("e-2"), answered{}); err != nil || len(w.Timers) != 1 {
		t.Fatalf("%v, timers %v", err, w.Timers)
	}
	if err := w.Advance(time.Hour, func(e event.Event[process.Fired]) error {
		if err := fire(t, r)(e); !errors.Is(err, process.ErrStale) {
			t.Errorf("fired all the same: %v", err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if record, err := w.Store(inquiry.Name).Get(t.Context(), "o-3"); err != nil || len(record.Keeping.Owed) != 0 {
		t.Errorf("still owed: %+v, %v", record.Keeping.Owed, err)
	}
	if _, err := other.Handle(t.Context(), "o-2", cause("e-3"), asked{noon, time.Hour}); fault.KindOf(err) != fault.Permanent {
		t.Errorf("a function without timers sets one: %v", err)
	}
}

func TestAnOlderStateIsUpgradedWhenItIsRead(t *testing.T) {
	w := processtest.New(noon)
	old := state.Of[jsontext.Value](w.Memory(), inquiry.Name, state.Forever)
	if _, err := old.Update(t.Context(), "o-1", func(v *jsontext.Value) (bool, error) {
		*v = jsontext.Value(`{"askedAt":"2026-03-04T12:00:00Z"}`)
		return true, nil
	}); err != nil {
		t.Fatal(err)
	}
	r := runner(w)
	r.Process.Upgrades = []func(jsontext.Value) (jsontext.Value, error){
		func(v jsontext.Value) (jsontext.Value, error) {
			return jsontext.Value(strings.Replace(string(v), "askedAt", "asked", 1)), nil
		},
	}
	got, err := r.Handle(t.Context(), "o-1", cause("e-1"), answered{})
	if diff := cmp.Diff(waiting{Asked: noon, Answered: true}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	got, err = r.Handle(t.Context(), "o-1", cause("e-1"), answered{})
	if diff := cmp.Diff(waiting{Asked: noon, Answered: true}, got); err != nil || diff != "" {
		t.Errorf("read again: %v\n%s", err, diff)
	}
	// Code of before the upgrade leaves it alone until it is replaced.
	if _, err := runner(w).Handle(t.Context(), "o-1", cause("e-1"), answered{}); fault.KindOf(err) != fault.Retryable || fault.Of(err).Reason != "process-newer" {
		t.Errorf("older code: %v", err)
	}
	r.Process.Upgrades = append(r.Process.Upgrades, func(jsontext.Value) (jsontext.Value, error) { return nil, errBroken })
	if _, err := r.Handle(t.Context(), "o-1", cause("e-1"), answered{}); fault.KindOf(err) != fault.Permanent {
		t.Errorf("an upgrade that fails: %v", err)
	}
}

// What the runner stores beside the state does not stand in the way of code that
// knows the state alone.
func TestTheStateIsReadableWithoutTheRunner(t *testing.T) {
	w := processtest.New(noon)
	if _, err := runner(w).Handle(t.Context(), "o-1", cause("e-1"), asked{noon, time.Hour}); err != nil {
		t.Fatal(err)
	}
	got, err := state.Of[waiting](w.Memory(), inquiry.Name, state.Forever).Get(t.Context(), "o-1")
	if diff := cmp.Diff(waiting{Asked: noon}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestATimerOfAnotherProcessIsRefused(t *testing.T) {
	w := processtest.New(noon)
	fired := event.Event[process.Fired]{Data: process.Fired{Process: "another", Key: "o-1", Timer: "answer", Version: 1, At: noon}}
	if _, err := runner(w).Fire(t.Context(), fired); fault.KindOf(err) != fault.Permanent {
		t.Errorf("%v", err)
	}
}
