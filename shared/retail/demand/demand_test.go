package demand

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"signalbox/shared/config"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/state"
	"signalbox/shared/state/statetest"
)

var errCrash = errors.New("the process died")

// world is a store and a bus, and may die at any call: before it is made, or after.
type world struct {
	mu        sync.Mutex
	store     *statetest.Store
	published map[string]retail.DemandChanged
	order     []retail.DemandChanged
	crash     func() (before, after bool)
}

func newWorld() *world {
	w := &world{store: statetest.New(), published: map[string]retail.DemandChanged{}, crash: func() (bool, bool) { return false, false }}
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

// counter counts for a function of that name.
func (w *world) counter(function string, r Rules) Counter {
	return w.emitting(function, r, func(_ context.Context, cause event.Header, data ...event.Payload) error {
		return w.do(func() {
			for _, d := range data {
				id := event.DeriveID(function, cause.ID, d.EventType(), d.Subject())
				changed := d.(retail.DemandChanged)
				if before, ok := w.published[id]; ok && before != changed {
					panic("one event, two contents")
				} else if !ok {
					w.published[id] = changed
					w.order = append(w.order, changed)
				}
				if err := changed.Validate(); err != nil {
					panic(err)
				}
			}
		})
	})
}

func (w *world) emitting(function string, r Rules, emit func(context.Context, event.Header, ...event.Payload) error) Counter {
	return newCounter(function, r, w.store, emit, func() time.Time { return start.AddDate(1, 0, 0) })
}

// counted is the state of the SKU A.
func (w *world) counted(t interface{ Fatal(...any) }) tally {
	got, err := state.Of[tally](w.store, scope, state.Forever).Get(context.Background(), "A")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

var start = time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)

var usual = Rules{WindowHours: 24, PatienceHours: 24, Margin: 2, limits: map[string]limit{others: {Slow: 5, High: 50}}}

// step is one event: pieces sold in an order, or the level of a place.
type step struct {
	hours   int64
	order   string
	pieces  int64
	version int64
	left    int64
	gone    bool
}

func sold(hours int64, order string, pieces int64) step {
	return step{hours: hours, order: order, pieces: pieces}
}
func stock(hours, version, left int64) step { return step{hours: hours, version: version, left: left} }

func (s step) at() time.Time { return start.Add(time.Duration(s.hours) * time.Hour) }

func (s step) take(w *world, r Rules) (bool, error) {
	cause := event.Header{ID: fmt.Sprint(s), Time: s.at()}
	if s.order != "" {
		return w.counter("order-created-demand", r).Order(context.Background(), cause, "A", s.order, s.at(), s.pieces)
	}
	l := retail.InventoryChanged{Level: retail.Level{EntryID: "i-1", SKU: "A", Version: s.version, AvailableQuantity: s.left}, Deleted: s.gone}
	return w.counter("inventory-changed-demand", r).Level(context.Background(), cause, l)
}

func TestClasses(t *testing.T) {
	gone := stock(30, 9, 0)
	gone.gone = true
	for name, c := range map[string]struct {
		steps     []step
		published []string
	}{
		"nothing is known of the stock":          {[]step{sold(0, "o-1", 1), sold(40, "o-2", 1)}, nil},
		"a SKU that is new is not slow":          {[]step{stock(0, 1, 100), stock(23, 2, 100)}, nil},
		"one that had the time is":               {[]step{stock(0, 1, 100), stock(24, 2, 100)}, []string{"slow 0/100"}},
		"it sells well":                          {[]step{stock(0, 1, 10), sold(1, "o-1", 10)}, []string{"high 10/10"}},
		"it sells a little":                      {[]step{stock(0, 1, 90), sold(25, "o-1", 10)}, nil},
		"what was sold is out of the window":     {[]step{stock(0, 1, 10), sold(1, "o-1", 10), stock(25, 2, 90)}, []string{"high 10/10", "slow 0/90"}},
		"a share that swings around the limit":   {[]step{stock(0, 1, 100), stock(24, 2, 100), sold(25, "o-1", 6), sold(26, "o-2", 1)}, []string{"slow 0/100"}},
		"a share that leaves it by the margin":   {[]step{stock(0, 1, 92), stock(24, 2, 92), sold(25, "o-1", 8)}, []string{"slow 0/92", "normal 8/92"}},
		"an order that comes twice":              {[]step{stock(0, 1, 10), sold(1, "o-1", 9), sold(1, "o-1", 9)}, nil},
		"an order older than the window":         {[]step{stock(0, 1, 10), stock(40, 2, 10), sold(1, "o-1", 90)}, []string{"slow 0/10"}},
		"a level that is older than the one":     {[]step{stock(0, 2, 10), stock(1, 1, 1), sold(2, "o-1", 9)}, nil},
		"sold out after it sold":                 {[]step{stock(0, 1, 10), sold(1, "o-1", 4), stock(2, 2, -1)}, []string{"high 4/0"}},
		"sold out and nothing sold":              {[]step{stock(0, 1, 0), stock(40, 2, 0)}, nil},
		"no place has it any more":               {[]step{stock(0, 1, 100), stock(24, 2, 100), gone}, []string{"slow 0/100", "normal 0/0"}},
		"an older level does not bring it back":  {[]step{stock(0, 1, 100), gone, stock(40, 2, 100)}, nil},
		"what claims to be of the future is now": {[]step{stock(0, 1, 10), sold(24*4000, "o-1", 1), sold(24*365-2, "o-2", 9)}, []string{"high 10/10"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			for _, s := range c.steps {
				if _, err := s.take(w, usual); err != nil {
					t.Fatal(err)
				}
			}
			var published []string
			for i, d := range w.order {
				published = append(published, fmt.Sprintf("%s %d/%d", d.Class, d.Counts.Sold, d.Counts.Available))
				if d.Number != int64(i+1) {
					t.Errorf("change %d has the number %d", i+1, d.Number)
				}
			}
			if diff := cmp.Diff(c.published, published); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
		})
	}
}

// An event that is stopped before it published publishes when it comes again, and no
// other does.
func TestAChangeIsPublishedBecauseOfTheEventThatCausedIt(t *testing.T) {
	w := newWorld()
	if published, err := stock(0, 1, 10).take(w, usual); published || err != nil {
		t.Errorf("a level that changes nothing: %t, %v", published, err)
	}
	order := sold(1, "o-1", 10)
	b := w.emitting("order-created-demand", usual, func(context.Context, event.Header, ...event.Payload) error { return errCrash })
	if published, err := b.Order(t.Context(), event.Header{ID: fmt.Sprint(order)}, "A", order.order, order.at(), order.pieces); published || err != errCrash {
		t.Errorf("stopped: %t, %v", published, err)
	}
	owing := w.store.Text(scope, "A")
	if published, err := stock(2, 2, 10).take(w, usual); published || err != nil || len(w.published) > 0 {
		t.Errorf("another function publishes what it does not owe: %t, %v", published, err)
	}
	// Another order finds what is owed and publishes it, and nothing of its own.
	if published, err := sold(1, "o-2", 1).take(w, usual); published || err != nil || len(w.published) != 1 {
		t.Errorf("another order: %t, %v, published %v", published, err, w.published)
	}
	w.store.Put(scope, "A", owing)
	for i, want := range []bool{true, false} {
		if published, err := order.take(w, usual); published != want || err != nil {
			t.Errorf("delivery %d: %t, %v", i, published, err)
		}
	}
	if len(w.published) != 1 {
		t.Errorf("published %v", w.published)
	}
}

// However often events come, in whatever order, and wherever the two functions
// die: the window holds each order once, and the changes published are those of the
// classes, each once.
func TestEachOrderCountsOnceWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		var steps []step
		for i := range rapid.IntRange(1, 8).Draw(t, "events") {
			hours := rapid.Int64Range(0, 60).Draw(t, "hour")
			if rapid.Bool().Draw(t, "order") {
				steps = append(steps, sold(hours, fmt.Sprint("o-", i), rapid.Int64Range(1, 20).Draw(t, "pieces")))
			} else {
				steps = append(steps, stock(hours, int64(i+1), rapid.Int64Range(-3, 40).Draw(t, "left")))
			}
		}
		w.crash = func() (bool, bool) {
			switch rapid.IntRange(0, 9).Draw(t, "crash") {
			case 0:
				return true, false
			case 1:
				return false, true
			}
			return false, false
		}
		queue := rapid.SliceOfN(rapid.IntRange(0, len(steps)-1), 0, 20).Draw(t, "deliveries")
		for i := range steps {
			queue = append(queue, i)
		}
		for len(queue) > 0 {
			i := queue[0]
			queue = queue[1:]
			if _, err := steps[i].take(w, usual); err != nil {
				queue = append(queue, i)
			}
		}
		w.crash = func() (bool, bool) { return false, false }
		got := w.counted(t)
		var until, want, version, left int64
		for _, s := range steps {
			until = max(until, s.hours)
			if s.order == "" && s.version > version {
				version, left = s.version, s.left
			}
		}
		for _, s := range steps {
			if s.order != "" && s.hours > until-usual.WindowHours {
				want += s.pieces
			}
		}
		c, _ := got.counts(usual)
		if c.Sold != want || c.Available != max(0, left) && version > 0 {
			t.Fatalf("%+v; want %d sold and %d available", c, want, left)
		}
		if len(got.Owed) > 0 {
			t.Fatalf("still owed: %+v", got.Owed)
		}
		// What was published is a chain without a gap, whoever published it.
		slices.SortFunc(w.order, func(a, b retail.DemandChanged) int { return int(a.Number - b.Number) })
		class := retail.DemandNormal
		for i, d := range w.order {
			if d.Number != int64(i+1) || d.Previous != class {
				t.Fatalf("published %+v", w.order)
			}
			class = d.Class
		}
		if got.Number != int64(len(w.order)) || class != retail.DemandNormal && got.Class != class {
			t.Fatalf("stored %s, %d changes; published %+v", got.Class, got.Number, w.order)
		}
	})
}

func TestManyOrdersAtATimeAreAllCounted(t *testing.T) {
	w := newWorld()
	var all sync.WaitGroup
	for i := range 12 {
		for range 3 {
			all.Go(func() {
				for {
					_, err := sold(1, fmt.Sprint("o-", i), 2).take(w, usual)
					if f := fault.Of(err); f == nil || f.Reason != "state-contention" {
						if err != nil {
							t.Error(err)
						}
						return
					}
				}
			})
		}
	}
	all.Wait()
	if got := w.counted(t); got.Sold[hour(start.Add(time.Hour))] != 24 {
		t.Errorf("counted %v; want 24", got.Sold)
	}
}

// The state of the hottest SKU stays far below the 400 KB of a DynamoDB item.
func TestTheStateIsBounded(t *testing.T) {
	w := newWorld()
	r := usual
	r.WindowHours = maxWindow
	b := w.counter("order-created-demand", r)
	var n tally
	for i := range 3 * maxOrders {
		n.order(r, fmt.Sprint("order-", i), start.Add(time.Duration(i)*time.Hour), 1<<40)
	}
	for i := range 3 * maxPlaces {
		n.level(r, retail.InventoryChanged{Level: retail.Level{EntryID: fmt.Sprintf("2c7e9a41-6b3d-4f08-a5c2-%012d", i), Version: 1 << 50, AvailableQuantity: 1 << 50}}, start)
	}
	text := encode(t, n)
	w.store.Put(scope, "A", text)
	at := start.Add(3 * maxOrders * time.Hour)
	if _, err := b.Order(t.Context(), event.Header{ID: "e"}, "A", "last", at, 1); err != nil {
		t.Fatal(err)
	}
	if size := len(w.store.Text(scope, "A")); size > 40<<10 || size < 20<<10 {
		t.Errorf("%d bytes", size)
	}
	if len(n.Sold) > maxWindow || len(n.Orders) != maxOrders || len(n.Places) != maxPlaces {
		t.Errorf("%d hours, %d orders, %d places", len(n.Sold), len(n.Orders), len(n.Places))
	}
}

func TestAStateThatOthersWriteAllTheTimeSendsTheEventBack(t *testing.T) {
	w := newWorld()
	w.store.Contended = true
	_, err := w.counter("order-created-demand", usual).Order(t.Context(), event.Header{ID: "e"}, "A", "o-1", start, 1)
	if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || f.Reason != "state-contention" {
		t.Errorf("got %v", err)
	}
}

func TestAStateThatCannotBeReadIsRefused(t *testing.T) {
	w := newWorld()
	w.store.Put(scope, "A", "?")
	_, err := sold(1, "o-1", 1).take(w, usual)
	if f := fault.Of(err); f == nil || f.Kind != fault.Permanent || f.Reason != "state-unreadable" {
		t.Errorf("got %v", err)
	}
}

func TestRules(t *testing.T) {
	for name, c := range map[string]struct {
		name, value string
		want        limit // of A
		err         string
	}{
		"limits of its own":             {"DEMAND_SKUS", `{"A":{"slow":1,"high":90}}`, limit{1, 90}, ""},
		"the usual of all":              {"DEMAND_SKUS", `{"*":{}}`, limit{5, 50}, ""},
		"another SKU alone":             {"DEMAND_SKUS", `{"B":{}}`, limit{}, ""},
		"a list":                        {"DEMAND_SKUS", `[]`, limit{}, "invalid-event: DEMAND_SKUS: expected an object"},
		"limits that touch":             {"DEMAND_SKUS", `{"A":{"slow":46}}`, limit{}, "DEMAND_SKUS: expected limits of 0 to 100 percent"},
		"a limit above all":             {"DEMAND_SKUS", `{"A":{"high":101}}`, limit{}, "DEMAND_SKUS: expected limits of 0 to 100 percent"},
		"a window of nothing":           {"DEMAND_WINDOW_HOURS", "0", limit{}, "DEMAND_WINDOW_HOURS: expected 1 or more"},
		"a window of a year":            {"DEMAND_WINDOW_HOURS", "8760", limit{}, "DEMAND_WINDOW_HOURS: expected a number within bounds"},
		"a patience that is text":       {"DEMAND_PATIENCE_HOURS", "long", limit{}, "DEMAND_PATIENCE_HOURS: expected a whole number"},
		"a margin below 0":              {"DEMAND_MARGIN", "-1", limit{}, "DEMAND_MARGIN: expected a number within bounds"},
		"a usual limit that is text":    {"DEMAND_SLOW", "few", limit{}, "DEMAND_SLOW: expected a whole number"},
		"another usual limit, the same": {"DEMAND_HIGH", "many", limit{}, "DEMAND_HIGH: expected a whole number"},
	} {
		t.Run(name, func(t *testing.T) {
			settings := map[string]string{
				"DEMAND_WINDOW_HOURS": "168", "DEMAND_PATIENCE_HOURS": "168", "DEMAND_SLOW": "5", "DEMAND_HIGH": "50", "DEMAND_MARGIN": "2", "DEMAND_SKUS": "{}",
			}
			settings[c.name] = c.value
			r, err := NewRules(config.Static(settings, nil))
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.HasPrefix(err.Error(), c.err)) {
				t.Fatalf("got %v, want %q", err, c.err)
			}
			if got, _ := r.of("A"); err == nil && (got != c.want || r.Watches("A") != (c.want != limit{})) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func FuzzState(f *testing.F) {
	f.Add(`{"from":1,"until":9,"sold":{"9":2},"orders":["x"],"places":{"i-1":{"v":1,"n":4}},"class":"slow","number":1}`)
	f.Add(`{"owed":{"order-created-demand":{"id":"e","changed":{"sku":"A"}}}}`)
	f.Add("?")
	f.Fuzz(func(t *testing.T, text string) {
		w := newWorld()
		w.store.Put(scope, "A", text)
		b := w.emitting("order-created-demand", usual, func(context.Context, event.Header, ...event.Payload) error { return nil })
		_, _ = b.Order(t.Context(), event.Header{ID: "e"}, "A", "o-1", start, 1)
	})
}

func encode(t *testing.T, n tally) string {
	t.Helper()
	text, err := json.Marshal(n, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
