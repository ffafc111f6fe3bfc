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
	"signalbox/shared/idempotency"
)

// flaky is a ledger of notes that fails when it is told to.
type flaky struct {
	idempotency.Notes
	fail func(operation, key string) error
}

func (f flaky) Note(ctx context.Context, key string) (idempotency.Note, error) {
	if err := f.fail("Note", key); err != nil {
		return idempotency.Note{}, err
	}
	return f.Notes.Note(ctx, key)
}

func (f flaky) Swap(ctx context.Context, key string, old idempotency.Note, text string, keep time.Duration) (bool, error) {
	if err := f.fail("Swap", key); err != nil {
		return false, err
	}
	return f.Notes.Swap(ctx, key, old, text, keep)
}

func noted(fail func(operation, key string) error) Env {
	return Env{Function: catalog.Function{Name: "function"}, notes: flaky{idempotency.NewMemory(time.Now), fail}}
}

func never(string, string) error { return nil }

func TestEachEventHasANumberOfItsOwnAndKeepsIt(t *testing.T) {
	env := noted(never)
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
	env := noted(never)
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
		env := noted(func(string, string) error {
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
	env := noted(never)
	if ok, err := env.SwapNote(t.Context(), "number", Note{}, "many"); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, err := env.Number(t.Context(), "a", 999); fault.KindOf(err) != fault.Permanent {
		t.Errorf("Number: %v", err)
	}
}

func TestNotesOfFunctionsAreApart(t *testing.T) {
	env := noted(never)
	other := env
	other.Function.Name = "other"
	if ok, err := env.SwapNote(t.Context(), "subject", Note{}, "text"); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if n, err := other.Note(t.Context(), "subject"); n.Text != "" || err != nil {
		t.Errorf("another function reads %q, %v", n.Text, err)
	}
}

func TestSharedNotesAreOfAllWhoNameThem(t *testing.T) {
	notes := idempotency.NewMemory(time.Now)
	one, other := noted(never), noted(never)
	one.Function.Name, other.Function.Name = "one", "other"
	one.notes, other.notes = notes, notes
	if ok, err := one.SharedNotes("stock").SwapNote(t.Context(), "A", Note{}, "7"); !ok || err != nil {
		t.Fatal(ok, err)
	}
	for name, c := range map[string]struct {
		read func() (Note, error)
		want string
	}{
		"another function's, of the name": {func() (Note, error) { return other.SharedNotes("stock").Note(t.Context(), "A") }, "7"},
		"of another name":                 {func() (Note, error) { return one.SharedNotes("price").Note(t.Context(), "A") }, ""},
		"the function's own":              {func() (Note, error) { return one.Note(t.Context(), "A") }, ""},
	} {
		if n, err := c.read(); n.Text != c.want || err != nil {
			t.Errorf("%s: %q, %v", name, n.Text, err)
		}
	}
}

func TestNoteIsForgottenAfterItsTime(t *testing.T) {
	now := time.Now()
	env := Env{Function: catalog.Function{Name: "function"}, notes: idempotency.NewMemory(func() time.Time { return now })}
	if ok, err := env.SwapNoteFor(t.Context(), "e-1", Note{}, "text", time.Hour); !ok || err != nil {
		t.Fatalf("SwapNoteFor = %t, %v", ok, err)
	}
	for _, c := range []struct {
		after time.Duration
		want  string
	}{{time.Hour - time.Minute, "text"}, {2 * time.Minute, ""}} {
		now = now.Add(c.after)
		if n, err := env.Note(t.Context(), "e-1"); err != nil || n.Text != c.want {
			t.Errorf("after %v: %+v, %v; want %q", c.after, n, err, c.want)
		}
	}
}
