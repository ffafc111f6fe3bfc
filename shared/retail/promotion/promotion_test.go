package promotion

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"signalbox/shared/config"
	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/state/statetest"
)

var (
	errCrash = errors.New("the process died")
	at       = time.Date(2026, 3, 4, 17, 0, 0, 0, time.UTC)
)

// world is a shop, a store and a bus, and may die at any call: before it
// is made, or after.
type world struct {
	mu        sync.Mutex
	available int64
	discounts map[string]*commercetools.Discount
	store     *statetest.Store
	published map[string]event.Payload
	crash     func() (before, after bool)
	// written is called after each write of a discount.
	written func()
}

func newWorld(available int64) *world {
	w := &world{
		available: available, discounts: map[string]*commercetools.Discount{}, store: statetest.New(), published: map[string]event.Payload{},
		crash: func() (bool, bool) { return false, false }, written: func() {},
	}
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

func (w *world) Levels(context.Context, []string) (levels []retail.Level, err error) {
	err = w.do(func() { levels = []retail.Level{{AvailableQuantity: w.available}, {AvailableQuantity: -3}} })
	return levels, err
}

// PutDiscount keeps the contract of the client: whoever changes a discount saw it
// as it is, and what was written is decided again.
func (w *world) PutDiscount(ctx context.Context, sku string, decide commercetools.Decide) (*commercetools.Discount, error) {
	for {
		var is *commercetools.Discount
		if err := w.do(func() { is = w.discounts[sku] }); err != nil {
			return nil, err
		}
		want, err := decide(ctx, is)
		if err != nil || want == nil {
			return is, err
		}
		err = w.do(func() {
			if w.discounts[sku] == is {
				w.discounts[sku] = want
			}
		})
		if err != nil {
			return nil, err
		}
		w.written()
	}
}

func (w *world) promotions(r Rules) Promotions {
	return newPromotions(r, w, w.store, func(_ context.Context, cause event.Header, data ...event.Payload) error {
		return w.do(func() {
			for _, d := range data {
				if err := d.Validate(); err != nil {
					panic(err)
				}
				key := cause.ID + " " + string(d.EventType())
				if before, ok := w.published[key]; ok && before != d {
					panic("one event, two contents")
				}
				w.published[key] = d
			}
		})
	})
}

func (w *world) apply(r Rules, id, sku string, wish Wish) error {
	return w.promotions(r).Apply(context.Background(), event.Header{ID: id}, at, sku, wish, "why "+id)
}

func (w *world) active() (skus []string) {
	for sku, d := range w.discounts {
		if d.Active {
			skus = append(skus, sku)
		}
	}
	slices.Sort(skus)
	return skus
}

func ruled(budget int, skus ...string) Rules {
	r := Rules{Budget: budget, rules: map[string]Rule{}}
	for _, sku := range skus {
		r.rules[sku] = Rule{Percent: 15, AtLeast: []string{"28.24 USD"}, Scarce: 20}
	}
	return r
}

func TestApply(t *testing.T) {
	type step struct {
		wish      Wish
		available int64
		outcome   string
	}
	const done = ""
	for name, c := range map[string]struct {
		rules  Rules
		steps  []step
		active []string
	}{
		"a SKU without a rule":                        {ruled(9), []step{{Start, 100, "ignored: no-rule"}}, nil},
		"slow demand and plenty":                      {ruled(9, "A"), []step{{Start, 100, done}}, []string{"A"}},
		"slow demand again":                           {ruled(9, "A"), []step{{Start, 100, done}, {Start, 100, "ignored: no-change"}}, []string{"A"}},
		"slow demand and nothing left":                {ruled(9, "A"), []step{{Start, 20, "ignored: scarce"}}, nil},
		"it sells again":                              {ruled(9, "A"), []step{{Start, 100, done}, {End, 100, done}}, nil},
		"it sells and never was discounted":           {ruled(9, "A"), []step{{End, 100, "ignored: no-change"}}, nil},
		"low at one place while others have it":       {ruled(9, "A"), []step{{Start, 100, done}, {EndIfScarce, 21, "ignored: not-scarce"}}, []string{"A"}},
		"scarce":                                      {ruled(9, "A"), []step{{Start, 100, done}, {EndIfScarce, 20, done}}, nil},
		"scarce and never discounted":                 {ruled(9, "A"), []step{{EndIfScarce, 3, "ignored: no-change"}}, nil},
		"slow after it was scarce":                    {ruled(9, "A"), []step{{Start, 100, done}, {EndIfScarce, 3, done}, {Start, 100, done}}, []string{"A"}},
		"slow, published late, of what is scarce now": {ruled(9, "A"), []step{{Start, 100, done}, {Start, 5, done}}, nil},
		"no budget":                                   {ruled(0, "A"), []step{{Start, 100, "ignored: budget-spent"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(0)
			for i, s := range c.steps {
				w.available = s.available
				err := w.apply(c.rules, fmt.Sprint("e-", i), "A", s.wish)
				if s.outcome == done && err != nil || s.outcome != done && (err == nil || err.Error() != s.outcome) {
					t.Errorf("step %d: %v, want %q", i, err, s.outcome)
				}
			}
			if diff := cmp.Diff(c.active, w.active()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsToldExplainsTheChange(t *testing.T) {
	w := newWorld(100)
	r := ruled(9, "A")
	if err := errors.Join(w.apply(r, "e-1", "A", Start), w.apply(r, "e-2", "A", End), w.apply(r, "e-3", "A", Start)); err != nil {
		t.Fatal(err)
	}
	published := func(n, previous string) retail.Promotion {
		return retail.Promotion{SKU: "A", Discount: commercetools.DiscountKey("A"), Percent: 15, Previous: previous, Why: "why " + n, Cause: n, At: at}
	}
	want := map[string]event.Payload{
		"e-1 promotion.started": retail.PromotionStarted{Promotion: published("e-1", "none")},
		"e-2 promotion.ended":   retail.PromotionEnded{Promotion: published("e-2", "started")},
		"e-3 promotion.started": retail.PromotionStarted{Promotion: published("e-3", "ended")},
	}
	if diff := cmp.Diff(want, w.published); diff != "" {
		t.Error(diff)
	}
}

func TestTheBudgetHolds(t *testing.T) {
	w := newWorld(100)
	r := ruled(2, "A", "B", "C")
	for _, s := range []struct {
		sku     string
		wish    Wish
		outcome string
	}{
		{"A", Start, ""}, {"B", Start, ""}, {"C", Start, "ignored: budget-spent"}, {"A", Start, "ignored: no-change"}, {"A", End, ""}, {"C", Start, ""},
		{"A", Start, "ignored: budget-spent"},
	} {
		err := w.apply(r, s.sku+fmt.Sprint(len(w.published)), s.sku, s.wish)
		if (err == nil) != (s.outcome == "") || err != nil && err.Error() != s.outcome {
			t.Errorf("%s: %v, want %q", s.sku, err, s.outcome)
		}
	}
	if diff := cmp.Diff([]string{"B", "C"}, w.active()); diff != "" {
		t.Error(diff)
	}
}

// What falls while it is being discounted is not left discounted.
func TestStockThatFallsMeanwhileEndsWhatWasJustStarted(t *testing.T) {
	w := newWorld(100)
	w.written = func() { w.available = 3 }
	if err := w.apply(ruled(9, "A"), "e-1", "A", Start); err != nil {
		t.Fatal(err)
	}
	if len(w.active()) > 0 || len(w.published) != 2 || w.store.Text(scope, budget) != "[]" {
		t.Errorf("active %v, published %v, budget %s", w.active(), w.published, w.store.Text(scope, budget))
	}
}

// An event that was stopped after it wrote publishes what it did, though another
// undid it since.
func TestAnEventThatWasStoppedPublishesWhatItDid(t *testing.T) {
	w := newWorld(100)
	r := ruled(9, "A")
	p := w.promotions(r)
	p.emit = func(context.Context, event.Header, ...event.Payload) error { return errCrash }
	if err := p.Apply(t.Context(), event.Header{ID: "e-1"}, at, "A", Start, "why e-1"); err != errCrash {
		t.Fatal(err)
	}
	w.available = 2
	if err := w.apply(r, "e-2", "A", EndIfScarce); err != nil {
		t.Fatal(err)
	}
	w.available = 200
	if err := w.apply(r, "e-1", "A", Start); err != nil {
		t.Fatal(err)
	}
	if len(w.published) != 2 || len(w.active()) > 0 {
		t.Errorf("published %v, active %v: an event decides once", w.published, w.active())
	}
}

// The budget that was there when an event decided may be another SKU's when it comes
// again: what it did is published all the same.
func TestAnEventThatWasStoppedPublishesThoughItsRoomIsTaken(t *testing.T) {
	w := newWorld(100)
	r := ruled(1, "A", "B")
	p := w.promotions(r)
	p.emit = func(context.Context, event.Header, ...event.Payload) error { return errCrash }
	if err := p.Apply(t.Context(), event.Header{ID: "e-1"}, at, "A", Start, "why e-1"); err != errCrash {
		t.Fatal(err)
	}
	for _, step := range []struct {
		id, sku string
		wish    Wish
	}{{"e-2", "A", End}, {"e-3", "B", Start}, {"e-1", "A", Start}} {
		if err := w.apply(r, step.id, step.sku, step.wish); err != nil {
			t.Errorf("%s: %v", step.id, err)
		}
	}
	if w.published["e-1 promotion.started"] == nil || len(w.active()) != 1 {
		t.Errorf("published %v, active %v", w.published, w.active())
	}
}

// However often events come, in whatever order, and wherever handlers die: every
// change of a discount is published once, never more SKUs than the budget are
// discounted, and nothing scarce is in the end.
func TestEveryChangeIsPublishedWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(100)
		skus := []string{"A", "B", "C"}
		r := ruled(rapid.IntRange(0, 3).Draw(t, "budget"), skus...)
		type happening struct {
			sku  string
			wish Wish
		}
		var all []happening
		for range rapid.IntRange(1, 6).Draw(t, "events") {
			all = append(all, happening{rapid.SampledFrom(skus).Draw(t, "sku"), Wish(rapid.IntRange(0, 2).Draw(t, "wish"))})
		}
		w.crash = func() (bool, bool) {
			switch rapid.IntRange(0, 11).Draw(t, "crash") {
			case 0:
				return true, false
			case 1:
				return false, true
			}
			return false, false
		}
		var queue []int
		for i := range all {
			queue = append(queue, i)
		}
		queue = append(queue, rapid.SliceOfN(rapid.IntRange(0, len(all)-1), 0, 6).Draw(t, "again")...)
		for len(queue) > 0 {
			i := queue[0]
			queue = queue[1:]
			w.available = rapid.SampledFrom([]int64{5, 100}).Draw(t, "available")
			if err := w.apply(r, fmt.Sprint("e-", i), all[i].sku, all[i].wish); errors.Is(err, errCrash) {
				queue = append(queue, i)
			}
			if n := len(w.active()); n > r.Budget {
				t.Fatalf("%d discounts with a budget of %d", n, r.Budget)
			}
		}
		for sku, d := range w.discounts {
			was := false
			for _, c := range slices.Backward(d.Changes) {
				word := string(retail.TypePromotionEnded)
				if c.Started {
					word = string(retail.TypePromotionStarted)
				}
				if c.Started == was {
					t.Fatalf("%s: %+v is no change", sku, d.Changes)
				}
				was = c.Started
				if w.published[c.Cause+" "+word] == nil {
					t.Fatalf("%s: %+v was not published: %v", sku, c, w.published)
				}
			}
			if noted := strings.Contains(w.store.Text(scope, budget), `"`+sku+`"`); noted != d.Active {
				t.Fatalf("%s is active: %t, in the budget: %s", sku, d.Active, w.store.Text(scope, budget))
			}
		}
	})
}

func TestFailuresAreReported(t *testing.T) {
	w := newWorld(100)
	w.store.Put(scope, budget, "?")
	if err := w.apply(ruled(9, "A"), "e-1", "A", Start); fault.Of(err) == nil || fault.Of(err).Reason != "state-unreadable" {
		t.Errorf("a state that cannot be read: %v", err)
	}
	w = newWorld(100)
	p := w.promotions(ruled(9, "A"))
	w.store.Contended = true
	if err := p.Apply(t.Context(), event.Header{ID: "e-1"}, at, "A", Start, "why"); fault.Of(err) == nil || fault.Of(err).Reason != "state-contention" {
		t.Errorf("a state that others write: %v", err)
	}
}

func TestRules(t *testing.T) {
	for name, c := range map[string]struct {
		budget, most, rules string
		want                Rule // of A
		err                 string
	}{
		"none":                        {"20", "30", `{}`, Rule{}, ""},
		"a rule":                      {"20", "30", `{"A":{"percent":15,"floor":{"USD":"24.00","EUR":"22.00"},"scarce":20}}`, Rule{15, []string{"25.89 EUR", "28.24 USD"}, 20}, ""},
		"a floor in whole units":      {"20", "30", `{"A":{"percent":10,"floor":{"JPY":"1000"}}}`, Rule{10, []string{"1112 JPY"}, 0}, ""},
		"a floor that comes out even": {"20", "30", `{"A":{"percent":20,"floor":{"USD":"8.00"}}}`, Rule{20, []string{"10.00 USD"}, 0}, ""},
		"more than is allowed":        {"20", "30", `{"A":{"percent":31,"floor":{"USD":"1"}}}`, Rule{}, "PROMOTION_RULES: expected a percent of 1 to PROMOTION_MOST_PERCENT"},
		"no percent":                  {"20", "30", `{"A":{"floor":{"USD":"1"}}}`, Rule{}, "PROMOTION_RULES: expected a percent of 1 to PROMOTION_MOST_PERCENT"},
		"no floor":                    {"20", "30", `{"A":{"percent":5}}`, Rule{}, `PROMOTION_RULES: expected a floor such as {"USD":"19.90"}`},
		"a floor that is no amount":   {"20", "30", `{"A":{"percent":5,"floor":{"USD":"1,50"}}}`, Rule{}, `PROMOTION_RULES: expected a floor such as {"USD":"19.90"}`},
		"a currency that is none":     {"20", "30", `{"A":{"percent":5,"floor":{"Dollar":"1"}}}`, Rule{}, `PROMOTION_RULES: expected a floor such as {"USD":"19.90"}`},
		"scarce below 0":              {"20", "30", `{"A":{"percent":5,"floor":{"USD":"1"},"scarce":-1}}`, Rule{}, "PROMOTION_RULES: expected a scarce of 0 or more"},
		"a budget above the shop's":   {"101", "30", `{}`, Rule{}, "PROMOTION_BUDGET: expected 0 to 100"},
		"a budget that is text":       {"all", "30", `{}`, Rule{}, "PROMOTION_BUDGET: expected 0 to 100"},
		"a gift":                      {"20", "100", `{}`, Rule{}, "PROMOTION_MOST_PERCENT: expected 1 to 99"},
		"a list":                      {"20", "30", `[]`, Rule{}, "invalid-event: PROMOTION_RULES: expected an object"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := NewRules(config.Static(map[string]string{"PROMOTION_BUDGET": c.budget, "PROMOTION_MOST_PERCENT": c.most, "PROMOTION_RULES": c.rules}, nil))
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Fatalf("got %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.want, r.rules["A"]); err == nil && diff != "" {
				t.Error(diff)
			}
		})
	}
}

// No price that is discounted falls below its floor.
func TestNoFloorIsUndercut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		floor, percent := rapid.Int64Range(1, 1_000_000).Draw(t, "floor"), rapid.Int64Range(1, 99).Draw(t, "percent")
		text := fmt.Sprintf("%d.%02d", floor/100, floor%100)
		var units, cents int64
		if _, err := fmt.Sscanf(atLeast(text, percent), "%d.%d", &units, &cents); err != nil {
			t.Fatal(err)
		}
		price := 100*units + cents
		if price*(100-percent) < floor*100 || (price-1)*(100-percent) >= floor*100 {
			t.Fatalf("%d %% off %d undercut %d, or a lower price would do", percent, price, floor)
		}
	})
}
