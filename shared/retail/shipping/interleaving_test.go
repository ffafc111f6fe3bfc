package shipping_test

import (
	"context"
	"testing"
	"time"

	"signalbox/shared/retail/shipping"
	"signalbox/shared/state"
)

// actor is one of two processes that take steps one at a time, as the schedule
// says. A step begins with a turn and ends with the next.
type actor struct {
	turn, done chan struct{}
	dies       bool
}

// death ends a process between two steps.
type death struct{}

// await waits for the actor's turn to do its next step.
func (a *actor) await() {
	a.done <- struct{}{}
	<-a.turn
	if a.dies {
		a.dies = false
		panic(death{})
	}
}

// world is the ledger and the carrier, as both processes see them.
type world struct {
	records   map[string]state.Record
	shipments []bool // whether each was cancelled
	// hidden tells that the carrier shows a shipment only to who made it.
	hidden bool
}

type ledger struct {
	*world
	*actor
}

func (l ledger) Read(_ context.Context, key string) (state.Record, error) {
	l.await()
	return l.records[key], nil
}

func (l ledger) Swap(_ context.Context, key string, old state.Record, text string, _ time.Duration) (bool, error) {
	l.await()
	if l.records[key] != old {
		return false, nil
	}
	l.records[key] = state.Record{Text: text, Revision: old.Revision + 1}
	return true, nil
}

func (w *world) live() int {
	for i, cancelled := range w.shipments {
		if !cancelled {
			return i
		}
	}
	return -1
}

func (w *world) withdraw(a *actor) {
	a.await()
	if i := w.live(); i >= 0 {
		w.shipments[i] = true
	}
}

// ship is what order-approved-shipping does, step by step; again tells that an
// earlier try's outcome is unknown.
func (w *world) ship(ctx context.Context, a *actor, again bool) error {
	shipments := shipping.New(ledger{w, a})
	made := false
	if again {
		a.await()
		made = w.live() >= 0
	}
	if !made {
		is, err := shipments.Begin(ctx, "o-1", "e-1", time.Now())
		if err != nil || is.Cancelled {
			return err
		}
		a.await()
		w.shipments = append(w.shipments, false)
	}
	is, err := shipments.Made(ctx, "o-1", "e-1", "794")
	if err == nil && is.Cancelled {
		w.withdraw(a)
	}
	return err
}

// cancel is what order-cancelled-shipping does.
func (w *world) cancel(ctx context.Context, a *actor) error {
	is, err := shipping.New(ledger{w, a}).Cancel(ctx, "o-1")
	if err != nil || is.Event == "" {
		return err
	}
	if is.TrackingNumber == "" {
		a.await()
		if w.hidden || w.live() < 0 {
			return nil
		}
	}
	w.withdraw(a)
	return nil
}

// schedule is a sequence of choices that is drawn on and, after a run, moved on
// to the next that was not taken yet.
type schedule struct {
	choices, options []int
	at               int
}

func (s *schedule) choose(n int) int {
	if s.at == len(s.choices) {
		s.choices, s.options = append(s.choices, 0), append(s.options, n)
	}
	s.at++
	return s.choices[s.at-1]
}

func (s *schedule) next() bool {
	for i := len(s.choices) - 1; i >= 0; i-- {
		if s.choices[i]+1 < s.options[i] {
			s.choices[i]++
			s.choices, s.options, s.at = s.choices[:i+1], s.options[:i+1], 0
			return true
		}
	}
	return false
}

// run lets both processes go on in the schedule's order until both have finished.
// One of them dies once between two steps, if deaths allows it, and is delivered
// its event again.
func run(t *testing.T, w *world, s *schedule, deaths int) {
	actors := [2]*actor{}
	finished := [2]chan struct{}{}
	for i := range actors {
		a := &actor{turn: make(chan struct{}), done: make(chan struct{})}
		actors[i], finished[i] = a, make(chan struct{})
		go func() {
			defer close(finished[i])
			for try := 0; ; try++ {
				if func() (died bool) {
					defer func() {
						if r := recover(); r != nil {
							if _, ok := r.(death); !ok {
								panic(r)
							}
							died = true
						}
					}()
					var err error
					if i == 0 {
						err = w.ship(t.Context(), a, try > 0)
					} else {
						err = w.cancel(t.Context(), a)
					}
					if err != nil {
						t.Error(err)
					}
					return false
				}() {
					continue
				}
				return
			}
		}()
	}
	waiting := [2]bool{}
	// settle waits until an actor waits for its turn or has finished.
	settle := func(i int) {
		select {
		case <-actors[i].done:
			waiting[i] = true
		case <-finished[i]:
			waiting[i] = false
		}
	}
	settle(0)
	settle(1)
	for waiting[0] || waiting[1] {
		i := 0
		switch {
		case waiting[0] && waiting[1]:
			i = s.choose(2)
		case waiting[1]:
			i = 1
		}
		if deaths > 0 && s.choose(2) == 1 {
			deaths--
			actors[i].dies = true
		}
		actors[i].turn <- struct{}{}
		settle(i)
	}
}

// In whatever order the steps of shipping and cancelling fall, and wherever one
// of the two dies and is repeated, no shipment of a cancelled order is left.
func TestNothingIsLeftShippedInAnyInterleaving(t *testing.T) {
	for name, hidden := range map[string]bool{"shipments show at once": false, "shipments show late": true} {
		t.Run(name, func(t *testing.T) {
			var s schedule
			runs, made := 0, 0
			for more := true; more; more = s.next() {
				w := &world{records: map[string]state.Record{}, hidden: hidden}
				run(t, w, &s, 1)
				runs++
				made += len(w.shipments)
				if w.live() >= 0 || len(w.shipments) > 1 {
					t.Fatalf("schedule %v: shipments %v (true is cancelled)", s.choices, w.shipments)
				}
			}
			if runs < 1000 || made == 0 {
				t.Errorf("%d schedules made %d shipments", runs, made)
			}
			t.Logf("%d schedules, of which %d made a shipment that was taken back", runs, made)
		})
	}
}
