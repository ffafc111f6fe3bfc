package idempotency_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"signalbox/shared/idempotency"
)

// world is a vendor that would make an effect as often as it is asked to, and
// workers that deliver one event to it, crash, lose answers and are late.
type world struct {
	s       idempotency.Store
	c       *clock
	e       idempotency.Entry
	effects int
	// visible is from when on the vendor's lookup shows the effect.
	visible time.Time
	workers [3]worker
}

// worker is one delivery under way.
type worker struct {
	owner     string
	lease     time.Time
	uncertain bool
	// acted is how the effect ended for this worker.
	acted fate
}

type fate int

const (
	notYet fate = iota
	made
	unknown
	refused
)

func (w *world) claim(t *rapid.T, i int) {
	p := &w.workers[i]
	if p.owner != "" {
		t.Skip("at work")
	}
	owner, until := uuid.NewString(), w.c.now().Add(lease)
	claim, err := w.s.Claim(context.Background(), w.e, owner, until, settle)
	if err != nil {
		t.Fatalf("Claim: %v", err)
	}
	switch claim.Verdict {
	case idempotency.Done:
		if w.effects != 1 {
			t.Fatalf("done with %d effects", w.effects)
		}
	case idempotency.Free, idempotency.Uncertain:
		for j, other := range w.workers {
			if other.owner != "" && w.c.now().Before(other.lease) && other.acted == notYet {
				t.Fatalf("%d owns the event while %d may act", i, j)
			}
		}
		*p = worker{owner: owner, lease: until, uncertain: claim.Verdict == idempotency.Uncertain}
	}
}

// act makes the effect, after asking for it where its fate is uncertain. Past
// its lease a worker does nothing: Lambda has ended it.
func (w *world) act(t *rapid.T, i int) {
	p := &w.workers[i]
	if p.owner == "" || p.acted != notYet || !w.c.now().Before(p.lease) {
		t.Skip("nothing to act on")
	}
	if p.uncertain && w.effects > 0 && !w.c.now().Before(w.visible) {
		p.acted = made
		return
	}
	p.acted = rapid.SampledFrom([]fate{made, unknown, refused}).Draw(t, "fate")
	if p.acted == made || p.acted == unknown && rapid.Bool().Draw(t, "arrived") {
		w.effects++
		w.visible = w.c.now().Add(settle)
	}
	if w.effects > 1 {
		t.Fatalf("the effect was made %d times", w.effects)
	}
}

func (w *world) finish(t *rapid.T, i int) {
	p := &w.workers[i]
	if p.owner == "" || p.acted == notYet {
		t.Skip("nothing to finish")
	}
	ctx := context.Background()
	switch p.acted {
	case made:
		_ = w.s.Complete(ctx, w.e, p.owner)
	case unknown:
		_ = w.s.Release(ctx, w.e, p.owner, true)
	case refused:
		_ = w.s.Release(ctx, w.e, p.owner, false)
	}
	*p = worker{}
}

// TestClaimProtocolMakesAnEffectOnce draws histories of crashes, lost answers
// and late workers. In none of them is the effect made twice, and from wherever
// a history stops, further deliveries bring it to exactly one.
func TestClaimProtocolMakesAnEffectOnce(t *testing.T) {
	stores(t, func(t *testing.T, s idempotency.Store, c *clock) {
		rapid.Check(t, func(t *rapid.T) {
			w := &world{s: s, c: c, e: entry("a")}
			w.e.EventID = uuid.NewString()
			some := func(act func(*rapid.T, int)) func(*rapid.T) {
				return func(t *rapid.T) { act(t, rapid.IntRange(0, len(w.workers)-1).Draw(t, "worker")) }
			}
			t.Repeat(map[string]func(*rapid.T){
				"claim":  some(w.claim),
				"act":    some(w.act),
				"finish": some(w.finish),
				"crash":  some(func(_ *rapid.T, i int) { w.workers[i] = worker{} }),
				"wait": func(t *rapid.T) {
					c.advance(time.Duration(rapid.IntRange(1, 200).Draw(t, "seconds")) * time.Second)
				},
			})
			w.bringToAnEnd(t)
		})
	})
}

func (w *world) bringToAnEnd(t *rapid.T) {
	for range 5 {
		w.c.advance(lease + settle)
		owner := uuid.NewString()
		claim, err := w.s.Claim(context.Background(), w.e, owner, w.c.now().Add(lease), settle)
		if err != nil {
			t.Fatal(err)
		}
		switch claim.Verdict {
		case idempotency.Done:
			if w.effects != 1 {
				t.Fatalf("in the end %d effects", w.effects)
			}
			return
		case idempotency.Free, idempotency.Uncertain:
			if claim.Verdict == idempotency.Free || w.effects == 0 {
				w.effects++
			}
			if err := w.s.Complete(context.Background(), w.e, owner); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Fatal("the event never came to an end")
}
