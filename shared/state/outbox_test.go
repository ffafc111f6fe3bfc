package state_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/state"
)

// reward is what follows from the third name.
type reward struct {
	Winner string `json:"winner"`
}

type published struct {
	Cause, CorrelationID, Winner string
}

// bus collects what is published; it may die before or after.
type bus struct {
	events []published
	fail   func(before bool) error
}

func (b *bus) publish(_ context.Context, cause event.Header, r reward) error {
	if b.fail != nil {
		if err := b.fail(true); err != nil {
			return err
		}
	}
	b.events = append(b.events, published{cause.ID, cause.CorrelationID, r.Winner})
	if b.fail != nil {
		return b.fail(false)
	}
	return nil
}

func outbox(s state.Store, function string, b *bus) state.Outbox[tally, reward] {
	return state.Outbox[tally, reward]{
		Values:  state.Of[tally](s, "scope", state.Forever),
		Owed:    func(v *tally) *state.Due[reward] { return v.Owed.By(function) },
		Owe:     func(v *tally, due *state.Due[reward]) { v.Owed.Set(function, due) },
		Publish: b.publish,
	}
}

// third rewards the third name.
func third(name string) func(*tally) (bool, *reward, error) {
	return func(v *tally) (bool, *reward, error) {
		changed, err := add(name)(v)
		if changed && len(v.Names) == 3 {
			return true, &reward{Winner: name}, nil
		}
		return changed, nil, err
	}
}

func cause(id string) event.Header { return event.Header{ID: id, CorrelationID: "story-" + id} }

func TestWhatFollowsIsPublishedOnceAndStruckOff(t *testing.T) {
	stores(t, func(t *testing.T, s state.Store, _ *clock) {
		b := &bus{}
		o := outbox(s, "counter", b)
		var told []bool
		for _, name := range []string{"a", "b", "c", "c", "d"} {
			ok, err := o.Update(t.Context(), "key", cause(name), third(name))
			if err != nil {
				t.Fatal(err)
			}
			told = append(told, ok)
		}
		if diff := cmp.Diff([]bool{false, false, true, false, false}, told); diff != "" {
			t.Errorf("published (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]published{{"c", "story-c", "c"}}, b.events); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		r, err := s.Read(t.Context(), state.Key("scope", "key"))
		if err != nil || r.Text != `{"names":["a","b","c","d"]}` {
			t.Errorf("stored %s, %v", r.Text, err)
		}
	})
}

// Wherever the function stops, the next event of the key has the event published,
// by the cause it has had from the start.
func TestWhatIsOwedOutlivesACrashAtEveryStep(t *testing.T) {
	crash := errors.New("the process died")
	stores(t, func(t *testing.T, s state.Store, _ *clock) {
		for step := range 6 {
			scope := fmt.Sprint("key-", step)
			b, calls := &bus{}, 0
			dies := func() error {
				if calls++; calls == step+1 {
					return crash
				}
				return nil
			}
			b.fail = func(bool) error { return dies() }
			o := outbox(flaky{Store: s, swap: dies}, "counter", b)
			for _, name := range []string{"a", "b", "c", "d"} {
				// A stopped event comes again, but for the third: another one follows it.
				for range 2 {
					if _, err := o.Update(t.Context(), scope, cause(name), third(name)); err == nil || name == "c" {
						break
					}
				}
			}
			if len(b.events) == 0 {
				t.Errorf("step %d: nothing was published", step)
			}
			for _, e := range b.events {
				if e.Cause != b.events[0].Cause || e.Winner != b.events[0].Winner {
					t.Errorf("step %d: %+v, want repetitions of one event alone", step, b.events)
				}
			}
		}
	})
}

func TestAFunctionPublishesWhatItOwesItselfAlone(t *testing.T) {
	stores(t, func(t *testing.T, s state.Store, _ *clock) {
		dead := &bus{fail: func(bool) error { return errors.New("no bus") }}
		one := outbox(s, "one", dead)
		for _, name := range []string{"a", "b", "c"} {
			_, _ = one.Update(t.Context(), "key", cause(name), third(name))
		}
		other := &bus{}
		if _, err := outbox(s, "other", other).Update(t.Context(), "key", cause("d"), third("d")); err != nil || len(other.events) != 0 {
			t.Errorf("another function published %+v, %v", other.events, err)
		}
		dead.fail = nil
		if ok, err := one.Update(t.Context(), "key", cause("e"), third("e")); err != nil || ok || len(dead.events) != 1 || dead.events[0].Cause != "c" {
			t.Errorf("published %+v, of this event %t, %v; want what c owes", dead.events, ok, err)
		}
	})
}

// What is stored is part of the contract between releases.
func TestWhatIsOwedIsStoredBesideItsCause(t *testing.T) {
	stores(t, func(t *testing.T, s state.Store, _ *clock) {
		o := outbox(s, "counter", &bus{fail: func(bool) error { return errors.New("no bus") }})
		for _, name := range []string{"a", "b", "c"} {
			_, _ = o.Update(t.Context(), "key", cause(name), third(name))
		}
		r, err := s.Read(t.Context(), state.Key("scope", "key"))
		want := `{"names":["a","b","c"],"owed":{"counter":{"id":"c","correlationid":"story-c","hop":0,"winner":"c"}}}`
		if err != nil || r.Text != want {
			t.Errorf("stored %s, %v; want %s", r.Text, err, want)
		}
	})
}
