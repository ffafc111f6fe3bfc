package shipping_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/fault"
	"signalbox/shared/retail/shipping"
	"signalbox/shared/state"
)

// busy is a store in which another writer is always faster.
type busy struct{ state.Store }

func (busy) Swap(context.Context, string, state.Record, string, time.Duration) (bool, error) {
	return false, nil
}

// unreadable is a store that holds no JSON.
func unreadable(t *testing.T, scope, key string) state.Store {
	t.Helper()
	s := state.NewMemory(time.Now)
	if ok, err := s.Swap(t.Context(), state.Key(scope, key), state.Record{}, "no JSON", state.Forever); !ok || err != nil {
		t.Fatal(ok, err)
	}
	return s
}

// The state of an order is forgotten after its time, and not before.
func TestStateIsKeptForItsTime(t *testing.T) {
	now := time.Now()
	s := shipping.New(state.NewMemory(func() time.Time { return now }))
	if _, err := s.Cancel(t.Context(), "o-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Arrived(t.Context(), "o-1", "794"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		kept  bool
	}{{shipping.Keep - time.Minute, true}, {2 * time.Minute, false}} {
		now = now.Add(c.after)
		arrived, err := s.HasArrived(t.Context(), "o-1", "794")
		if err != nil || arrived != c.kept {
			t.Errorf("after %s: arrived %t, %v", c.after, arrived, err)
		}
	}
	if is, err := s.Begin(t.Context(), "o-1", "e-1", now); err != nil || is.Cancelled {
		t.Errorf("after its time: %+v, %v", is, err)
	}
}

func TestState(t *testing.T) {
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	s := shipping.New(state.NewMemory(time.Now))
	for _, step := range []struct {
		name string
		do   func() (shipping.State, error)
		want shipping.State
	}{
		{"a shipment is begun", func() (shipping.State, error) { return s.Begin(t.Context(), "o-1", "e-1", at) }, shipping.State{Event: "e-1", Asked: at}},
		{"another event does not begin it", func() (shipping.State, error) { return s.Begin(t.Context(), "o-1", "e-2", at) }, shipping.State{Event: "e-1", Asked: at}},
		{"the same event does again", func() (shipping.State, error) { return s.Begin(t.Context(), "o-1", "e-1", at) }, shipping.State{Event: "e-1", Asked: at}},
		{"its shipment is made", func() (shipping.State, error) { return s.Made(t.Context(), "o-1", "e-1", "794") }, shipping.State{Event: "e-1", Asked: at, TrackingNumber: "794"}},
		{"it is cancelled", func() (shipping.State, error) { return s.Cancel(t.Context(), "o-1") }, shipping.State{Event: "e-1", Asked: at, TrackingNumber: "794", Cancelled: true}},
		{"and stays so", func() (shipping.State, error) { return s.Made(t.Context(), "o-1", "e-1", "795") }, shipping.State{Event: "e-1", Asked: at, TrackingNumber: "794", Cancelled: true}},
		{"another order has a state of its own", func() (shipping.State, error) { return s.Cancel(t.Context(), "o-2") }, shipping.State{Cancelled: true}},
		{"and is not begun", func() (shipping.State, error) { return s.Begin(t.Context(), "o-2", "e-3", at) }, shipping.State{Cancelled: true}},
		{"a shipment without a state gets one", func() (shipping.State, error) { return s.Made(t.Context(), "o-3", "e-4", "796") }, shipping.State{Event: "e-4", TrackingNumber: "796"}},
	} {
		got, err := step.do()
		if diff := cmp.Diff(step.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", step.name, err, diff)
		}
	}
}

func TestStateThatCannotBeWrittenOrRead(t *testing.T) {
	if _, err := shipping.New(busy{state.NewMemory(time.Now)}).Cancel(t.Context(), "o-1"); fault.KindOf(err) != fault.Retryable || err == nil {
		t.Errorf("while others write all the time: %v", err)
	}
	if _, err := shipping.New(unreadable(t, "dispatch", "o-1")).Cancel(t.Context(), "o-1"); fault.KindOf(err) != fault.Permanent {
		t.Errorf("of a state that is no JSON: %v", err)
	}
}
