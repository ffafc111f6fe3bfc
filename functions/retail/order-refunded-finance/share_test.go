package main

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"signalbox/shared/connector/workday"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/state/statetest"
)

// made is a request at Workday.
type made struct {
	refund    workday.Refund
	submitted bool
}

// world is the state of orders and a Workday, and may die at any call: before
// it is made, or after.
type world struct {
	mu                    sync.Mutex
	store                 *statetest.Store
	made                  []made
	calls                 []string
	find, request, submit error
	crash                 func() (before, after bool)
}

func newWorld() *world {
	w := &world{store: statetest.New(), crash: func() (bool, bool) { return false, false }}
	w.store.Around = w.do
	return w
}

func (w *world) do(effect func()) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	before, after := w.crash()
	if !before {
		effect()
	}
	if before || after {
		return errCrash
	}
	return nil
}

func (w *world) Find(_ context.Context, number string) (id string, found bool, err error) {
	err = w.do(func() {
		w.calls = append(w.calls, "find")
		for i, m := range w.made {
			if m.refund.Number == number {
				id, found = strconv.Itoa(i), true
			}
		}
	})
	if err == nil {
		err = w.find
	}
	return id, found, err
}

func (w *world) Request(_ context.Context, r workday.Refund) (id string, err error) {
	err = w.do(func() {
		w.calls = append(w.calls, "request")
		if w.request == nil {
			id = strconv.Itoa(len(w.made))
			w.made = append(w.made, made{refund: r})
		}
	})
	if err == nil {
		err = w.request
	}
	return id, err
}

func (w *world) Submit(_ context.Context, id string) error {
	refused := w.submit
	err := w.do(func() {
		w.calls = append(w.calls, "submit")
		i, _ := strconv.Atoi(id)
		switch {
		case refused != nil:
		case w.made[i].submitted:
			refused = fault.Refuse(workday.NotSubmittable, errors.New("status 400"))
		default:
			w.made[i].submitted = true
		}
	})
	if err == nil {
		err = refused
	}
	return err
}

// booked is the sum of what was submitted.
func (w *world) booked() int64 {
	var sum int64
	for _, m := range w.made {
		if m.submitted {
			sum += m.refund.Amount.Amount
		}
	}
	return sum
}

var errCrash = errors.New("the process died")

// failure is err unless it only says that another event booked it.
func failure(err error) error {
	if err != nil && err.Error() == function.Ignore("refund-booked").Error() {
		return nil
	}
	return err
}

// The sums 10, 25, 25 again and 15 in every order of arrival: 25 is booked in all.
func TestExactlyTheLargestSumIsBookedInEveryOrderOfArrival(t *testing.T) {
	for _, order := range permutations([]int64{10, 25, 25, 15}) {
		w := newWorld()
		h := build(t, nil, w)
		for _, sum := range order {
			if err := failure(h(t.Context(), back(sum))); err != nil {
				t.Fatal(err)
			}
		}
		numbers := map[string]bool{}
		for _, m := range w.made {
			numbers[m.refund.Number] = true
		}
		if w.booked() != 25 || len(numbers) != len(w.made) {
			t.Errorf("%v: booked %d as %+v", order, w.booked(), w.made)
		}
	}
}

func permutations(all []int64) [][]int64 {
	if len(all) == 0 {
		return [][]int64{nil}
	}
	var out [][]int64
	for i, first := range all {
		rest := append(append([]int64(nil), all[:i]...), all[i+1:]...)
		for _, p := range permutations(rest) {
			out = append(out, append([]int64{first}, p...))
		}
	}
	return out
}

// Wherever handlers die and however often events come again: once each has been
// handled to its end, exactly the largest sum is booked.
func TestExactlyTheLargestSumIsBookedWhateverDies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		h := handler{refunds: w, shares: shares(w.store), companies: map[string]string{"*": "company=1"}}
		sums := rapid.SliceOfN(rapid.Int64Range(1, 30), 1, 6).Draw(t, "sums")
		deaths := 0
		w.crash = func() (bool, bool) {
			if deaths > 25 {
				return false, false
			}
			switch rapid.IntRange(0, 5).Draw(t, "dies") {
			case 0:
				deaths++
				return true, false
			case 1:
				deaths++
				return false, true
			}
			return false, false
		}
		var largest int64
		for _, sum := range sums {
			largest = max(largest, sum)
			// A try that died is followed by an uncertain one, as the claim has it.
			ctx := context.Background()
			for tries := 0; failure(h.handle(ctx, back(sum))) != nil; tries++ {
				if tries > 100 {
					t.Fatalf("the sum %d of %v is never booked", sum, sums)
				}
				ctx = queue.Uncertain(context.Background())
			}
		}
		if w.booked() != largest {
			t.Fatalf("booked %d of %v: %+v", w.booked(), sums, w.made)
		}
		for _, m := range w.made {
			if !m.submitted {
				t.Fatalf("a draft was left: %+v", m)
			}
		}
	})
}

// Events of one order at the same time take shares that do not overlap.
func TestEventsAtTheSameTimeBookNothingTwice(t *testing.T) {
	w := newWorld()
	h := build(t, nil, w)
	var wait sync.WaitGroup
	for _, sum := range []int64{5, 10, 15, 20, 25, 30} {
		wait.Go(func() {
			if err := failure(h(t.Context(), back(sum))); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if w.booked() != 30 {
		t.Errorf("booked %d: %+v", w.booked(), w.made)
	}
}

func TestTheStateIsOfTheOrder(t *testing.T) {
	w := newWorld()
	h := handler{refunds: w, shares: shares(w.store), companies: map[string]string{"*": "company=1"}}
	if err := h.handle(t.Context(), back(10)); err != nil {
		t.Fatal(err)
	}
	want := `{"currency":"USD","fractionDigits":2,"shares":[{"event":"e-0.10","from":0,"to":10}]}`
	if diff := cmp.Diff(want, w.store.Text("order-refunded-finance", "o-1")); diff != "" {
		t.Error(diff)
	}
}
