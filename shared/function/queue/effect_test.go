package queue

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/idempotency"
)

// vendor makes an effect per reference as often as it is asked to.
type vendor struct {
	mu      sync.Mutex
	effects map[string]int
	asked   int
	// act answers a request after its effect, ask a lookup.
	act, ask error
	// refuse answers a request before its effect.
	refuse error
	then   error
}

func (v *vendor) effect() Effect[retail.OrderCreated, string] {
	return Effect[retail.OrderCreated, string]{
		Ask: func(_ context.Context, e event.Event[retail.OrderCreated]) (string, bool, error) {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.asked++
			return "found", v.effects[e.ID] > 0, v.ask
		},
		Act: func(_ context.Context, e event.Event[retail.OrderCreated]) (string, error) {
			v.mu.Lock()
			defer v.mu.Unlock()
			if v.refuse != nil {
				return "", v.refuse
			}
			v.effects[e.ID]++
			return "made", v.act
		},
		Then: func(context.Context, event.Event[retail.OrderCreated], string) error { return v.then },
	}
}

func TestUnsafeEffectIsMadeOnce(t *testing.T) {
	unknown, refusal := fault.Unknown("vendor-500", 0, nil), fault.Retry("vendor-429", 0, nil)
	for sentence, c := range map[string]struct {
		// first is how the first delivery fails, before the second succeeds.
		first   *vendor
		asked   int
		crash   bool
		outcome string
	}{
		"a timeout after the effect is asked about":          {first: &vendor{act: unknown}, asked: 1, outcome: "applied"},
		"an error nobody classified is asked about":          {first: &vendor{act: errors.New("?")}, asked: 1, outcome: "applied"},
		"a definite refusal is simply tried again":           {first: &vendor{refuse: refusal}, asked: 0, outcome: "applied"},
		"an ambiguous failure without effect is asked about": {first: &vendor{refuse: unknown}, asked: 1, outcome: "applied"},
		"a failure of what follows is asked about":           {first: &vendor{then: refusal}, asked: 1, outcome: "applied"},
		"a success is remembered":                            {first: &vendor{}, asked: 0, outcome: "duplicate"},
		"a permanent refusal may be tried after a redrive":   {first: &vendor{refuse: fault.Refuse("vendor-400", nil)}, asked: 0, outcome: "applied"},
		"what follows refused for good is asked about then":  {first: &vendor{then: fault.Refuse("bus", nil)}, asked: 1, outcome: "applied"},
	} {
		t.Run(sentence, func(t *testing.T) {
			v := c.first
			v.effects = map[string]int{}
			f := newFixture(catalog.Function{Effect: catalog.Unsafe{}}, func(ctx context.Context, e event.Event[retail.OrderCreated]) error {
				return v.effect().Handle(ctx, e)
			})
			m := message{id: "m", body: onBus(t, order(t, "1"))}
			deliver(t, f, sqsEvent(t, m))
			v.act, v.refuse, v.then = nil, nil, nil
			if failed := deliver(t, f, sqsEvent(t, m)); failed != nil {
				t.Errorf("the second delivery failed\n%s", f.output)
			}
			if v.asked != c.asked {
				t.Errorf("asked %d times, want %d", v.asked, c.asked)
			}
			if n := v.effects[order(t, "1").ID]; n != 1 {
				t.Errorf("the effect was made %d times", n)
			}
			lines := f.output.Lines(t, "handled")
			if got := lines[len(lines)-1]["outcome"]; got != c.outcome {
				t.Errorf("outcome %v, want %s", got, c.outcome)
			}
		})
	}
}

func TestUncertainEffectIsAskedAboutNoEarlierThanItShows(t *testing.T) {
	v := &vendor{act: fault.Unknown("vendor-500", 0, nil), effects: map[string]int{}}
	f := newFixture(catalog.Function{Effect: catalog.Unsafe{AskAfter: time.Hour}}, v.effect().Handle)
	m := message{id: "m", body: onBus(t, order(t, "1"))}
	deliver(t, f, sqsEvent(t, m))
	if failed := deliver(t, f, sqsEvent(t, m)); len(failed) != 1 || v.asked != 0 {
		t.Errorf("failed %v, asked %d; want it back unasked", failed, v.asked)
	}
	if hidden := f.queue.Hidden["receipt-m"]; hidden < 3590 || hidden > 3970 {
		t.Errorf("hidden for %d s, want about the hour it takes to show", hidden)
	}
}

func TestDuplicateOfAnEventBeingHandledComesBackSoon(t *testing.T) {
	v := &vendor{effects: map[string]int{}}
	f := newFixture(catalog.Function{Effect: catalog.Unsafe{AskAfter: time.Hour}}, v.effect().Handle)
	entry := idempotency.Entry{Function: f.Function.Name, EventID: order(t, "1").ID}
	if _, err := f.memory.Claim(t.Context(), entry, "another", time.Now().Add(time.Minute), time.Hour); err != nil {
		t.Fatal(err)
	}
	m := message{id: "m", body: onBus(t, order(t, "1"))}
	if failed := deliver(t, f, sqsEvent(t, m)); len(failed) != 1 || len(v.effects) != 0 {
		t.Errorf("failed %v, effects %v; want it back untouched", failed, v.effects)
	}
	if hidden := f.queue.Hidden["receipt-m"]; hidden < 1 || hidden > 5 {
		t.Errorf("hidden for %d s, want the short wait of a first try: the owner will be done soon", hidden)
	}
}

func TestAskThatFailsKeepsTheClaim(t *testing.T) {
	v := &vendor{refuse: fault.Unknown("vendor-500", 0, nil), ask: fault.Refuse("vendor-403", nil), effects: map[string]int{}}
	f := newFixture(catalog.Function{Effect: catalog.Unsafe{}}, v.effect().Handle)
	m := message{id: "m", body: onBus(t, order(t, "1"))}
	deliver(t, f, sqsEvent(t, m))
	deliver(t, f, sqsEvent(t, m))
	v.refuse, v.ask = nil, nil
	deliver(t, f, sqsEvent(t, m))
	if v.asked != 2 {
		t.Errorf("asked %d times, want again after the failed lookup", v.asked)
	}
}
