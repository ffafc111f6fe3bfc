package function

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/fault"
	"signalbox/shared/state"
)

// flaky is a store that fails where the test says so.
type flaky struct {
	state.Store
	fail func(operation, key string) error
}

func (f flaky) Read(ctx context.Context, key string) (state.Record, error) {
	if err := f.fail("Read", key); err != nil {
		return state.Record{}, err
	}
	return f.Store.Read(ctx, key)
}

func (f flaky) Swap(ctx context.Context, key string, old state.Record, text string, keep time.Duration) (bool, error) {
	if err := f.fail("Swap", key); err != nil {
		return false, err
	}
	return f.Store.Swap(ctx, key, old, text, keep)
}

func numbered(fail func(operation, key string) error) Env {
	return Env{Function: catalog.Function{Name: "function"}, State: flaky{state.NewMemory(time.Now), fail}}
}

func never(string, string) error { return nil }

func TestEachEventHasANumberOfItsOwnAndKeepsIt(t *testing.T) {
	env := numbered(never)
	const events, deliveries = 12, 3
	numbers := make([][deliveries]int64, events)
	var all sync.WaitGroup
	for i := range events {
		for k := range deliveries {
			all.Go(func() {
				n, err := env.Number(t.Context(), fmt.Sprint("event-", i), 999)
				if err != nil {
					t.Error(err)
				}
				numbers[i][k] = n
			})
		}
	}
	all.Wait()
	var seen []int64
	for i, n := range numbers {
		if n[0] != n[1] || n[1] != n[2] || n[0] < 1 {
			t.Errorf("event %d has the numbers %v", i, n)
		}
		if slices.Contains(seen, n[0]) {
			t.Errorf("number %d stands for two events", n[0])
		}
		seen = append(seen, n[0])
	}
}

func TestNumbersBeginAgainAfterTheLast(t *testing.T) {
	env := numbered(never)
	var got []int64
	for i := range 5 {
		n, err := env.Number(t.Context(), fmt.Sprint(i), 3)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n)
	}
	if want := []int64{1, 2, 3, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("numbers %v; want %v", got, want)
	}
}

// A crash anywhere between drawing and assigning a number leaves a gap at most.
func TestNumberSurvivesAFailureAtEachStep(t *testing.T) {
	for step := range 4 {
		calls := 0
		env := numbered(func(string, string) error {
			if calls++; calls == step+1 {
				return errors.New("broken")
			}
			return nil
		})
		first, err := env.Number(t.Context(), "a", 999)
		if err != nil {
			if fault.KindOf(err) != fault.Retryable {
				t.Errorf("step %d: %v; want it tried again", step, err)
			}
			if first, err = env.Number(t.Context(), "a", 999); err != nil {
				t.Fatal(err)
			}
		}
		again, _ := env.Number(t.Context(), "a", 999)
		other, _ := env.Number(t.Context(), "b", 999)
		if first != again || first == other {
			t.Errorf("step %d: numbers %d and %d of one event, %d of another", step, first, again, other)
		}
	}
}

func TestNumberThatIsNoneIsRefused(t *testing.T) {
	for _, text := range []string{`"many"`, "1000", "-1"} {
		env := numbered(never)
		if ok, err := env.State.Swap(t.Context(), state.Key("function", "number"), state.Record{}, text, state.Forever); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if _, err := env.Number(t.Context(), "a", 999); fault.KindOf(err) != fault.Permanent {
			t.Errorf("%s: %v", text, err)
		}
	}
}
