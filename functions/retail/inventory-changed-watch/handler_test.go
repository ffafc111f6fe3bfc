package main

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
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/state/statetest"
)

var errCrash = errors.New("the process died")

// world is a store and a bus, and may die at any call: before it is made, or after.
type world struct {
	mu    sync.Mutex
	store *statetest.Store
	// told are the ids of the events on the bus, each once, in order.
	told []string
	lows []retail.InventoryLow
	// marks are the versions that were told as sold out, and below 0 as restocked.
	marks []int64
	crash func() (before, after bool)
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

func (w *world) emit(_ context.Context, cause event.Header, data ...event.Payload) error {
	return w.do(func() {
		for _, d := range data {
			if id := event.DeriveID("inventory-changed-watch", cause.ID, d.EventType(), d.Subject()); !slices.Contains(w.told, id) {
				w.told = append(w.told, id)
				switch d := d.(type) {
				case retail.InventoryLow:
					w.lows = append(w.lows, d)
				case retail.InventorySoldOut:
					w.marks = append(w.marks, d.Level.Version)
				case retail.InventoryRestocked:
					w.marks = append(w.marks, -d.Level.Version)
				}
				if err := d.Validate(); err != nil {
					panic(err)
				}
			}
		}
	})
}

func (w *world) handler(r rules) handler { return newHandler(r, w.store, w.emit) }

// scope is that of the state in the ledger.
const scope = "inventory-changed-watch"

func at(version, available int64) event.Event[retail.InventoryChanged] {
	return event.Event[retail.InventoryChanged]{
		Header: event.Header{ID: fmt.Sprint("e-", version), Time: time.Date(2026, 3, 4, 0, 0, int(version), 0, time.UTC)},
		Data:   retail.InventoryChanged{Level: retail.Level{EntryID: "i-1", SKU: "A", Version: version, QuantityOnStock: available, AvailableQuantity: available}},
	}
}

// failure is err unless it only says that there is nothing to tell.
func failure(err error) error {
	if err != nil && err.Error() == function.Ignore("no-crossing").Error() {
		return nil
	}
	return err
}

var usual = rules{usual: rule{Threshold: 10, Hysteresis: 5, Restock: 3}}

func TestHandle(t *testing.T) {
	gone := at(3, 0)
	gone.Data.Deleted = true
	own := rules{usual: usual.usual, own: map[string]rule{"A": {Threshold: 2, Restock: 1}}}
	off := rules{usual: usual.usual, own: map[string]rule{"A": {Threshold: 2, Off: true}}}
	type events = []event.Event[retail.InventoryChanged]
	for name, c := range map[string]struct {
		rules  rules
		levels events
		told   []int64 // versions
	}{
		"plenty":                                 {usual, events{at(1, 100), at(2, 11)}, nil},
		"a fall to the threshold":                {usual, events{at(1, 100), at(2, 10)}, []int64{2}},
		"a SKU first seen low":                   {usual, events{at(7, 3)}, []int64{7}},
		"below 0":                                {usual, events{at(1, 100), at(2, -4)}, []int64{2}},
		"further down is the same fall":          {usual, events{at(1, 10), at(2, 9), at(3, 0)}, []int64{1}},
		"a swing around the threshold":           {usual, events{at(1, 10), at(2, 15), at(3, 10)}, []int64{1}},
		"recovered and fallen again":             {usual, events{at(1, 10), at(2, 16), at(3, 10)}, []int64{1, 3}},
		"an older level after a newer":           {usual, events{at(3, 100), at(2, 4)}, nil},
		"an older plenty does not recover":       {usual, events{at(3, 4), at(2, 100), at(4, 3)}, []int64{3}},
		"a level that comes twice":               {usual, events{at(1, 4), at(1, 4)}, []int64{1}},
		"a deleted entry is not low":             {usual, events{at(1, 100), gone}, nil},
		"a deleted entry has recovered":          {usual, events{at(1, 4), gone, at(4, 4)}, []int64{1, 4}},
		"a threshold of its own":                 {own, events{at(1, 3), at(2, 2), at(3, 3), at(4, 2)}, []int64{2, 4}},
		"a SKU that is not watched":              {off, events{at(1, 1)}, nil},
		"the others are watched all the same":    {rules{usual: usual.usual, own: map[string]rule{"B": {Off: true}}}, events{at(1, 1)}, []int64{1}},
		"a threshold below 0 is for oversold":    {rules{usual: rule{Threshold: -1, Restock: 1}}, events{at(1, 0), at(2, -1)}, []int64{2}},
		"the largest hysteresis never overflows": {rules{usual: rule{Threshold: 10, Hysteresis: 1 << 62, Restock: 1}}, events{at(1, 1), at(2, 1<<61), at(3, 1)}, []int64{1}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			for _, e := range c.levels {
				before := len(w.told)
				err := w.handler(c.rules).handle(t.Context(), e)
				if failure(err) != nil {
					t.Fatal(err)
				}
				if told := len(w.told) > before; told != (err == nil) {
					t.Errorf("version %d told %t, its outcome is %v", e.Data.Level.Version, told, err)
				}
			}
			var told []int64
			for _, low := range w.lows {
				told = append(told, low.Level.Version)
				if low.Threshold != c.rules.of("A").Threshold || low.Validate() != nil || !low.At.Equal(at(low.Level.Version, 0).Time) {
					t.Errorf("told %+v", low)
				}
			}
			if diff := cmp.Diff(c.told, told); diff != "" {
				t.Errorf("versions told (-want +got):\n%s", diff)
			}
		})
	}
}

// What is sold out is told once, and once that it is back.
func TestSoldOutAndRestocked(t *testing.T) {
	gone := at(3, 0)
	gone.Data.Deleted = true
	off := rules{usual: usual.usual, own: map[string]rule{"A": {Restock: 1, Off: true}}}
	type events = []event.Event[retail.InventoryChanged]
	for name, c := range map[string]struct {
		rules  rules
		levels events
		told   []int64 // versions, below 0 those that brought it back
	}{
		"something is left":                      {usual, events{at(1, 100), at(2, 1)}, nil},
		"nothing is left":                        {usual, events{at(1, 1), at(2, 0)}, []int64{2}},
		"more sold than there is":                {usual, events{at(1, 1), at(2, -4), at(3, -5)}, []int64{2}},
		"back, and sold out again":               {usual, events{at(1, 0), at(2, 9), at(3, 0), at(4, 50)}, []int64{1, -2, 3, -4}},
		"less than counts as back":               {usual, events{at(1, 0), at(2, 2), at(3, 0)}, []int64{1}},
		"an older level after a newer":           {usual, events{at(2, 9), at(1, 0)}, nil},
		"an older one does not bring it back":    {usual, events{at(3, 0), at(2, 9)}, []int64{3}},
		"a level that comes twice":               {usual, events{at(1, 0), at(1, 0)}, []int64{1}},
		"a place that does not have it any more": {usual, events{at(1, 9), gone}, []int64{3}},
		"a SKU first seen in stock":              {usual, events{at(1, 9)}, nil},
		"a SKU that is not watched":              {off, events{at(1, 0), at(2, 9)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			for _, e := range c.levels {
				if err := failure(w.handler(c.rules).handle(t.Context(), e)); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(c.told, w.marks); diff != "" {
				t.Errorf("versions told (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a SKU whose watch is switched off is not told to be back", func(t *testing.T) {
		w := newWorld()
		for _, step := range []struct {
			r rules
			e event.Event[retail.InventoryChanged]
		}{{usual, at(1, 0)}, {off, at(2, 9)}} {
			if err := failure(w.handler(step.r).handle(t.Context(), step.e)); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff([]int64{1}, w.marks); diff != "" {
			t.Error(diff)
		}
	})
}

// A crossing that was noted before there were others is told all the same.
func TestNoteOfAnOlderReleaseIsTold(t *testing.T) {
	w := newWorld()
	w.store.Put(scope, "i-1", `{"sequence":1,"low":true,"owed":{"id":"e-1","correlationid":"","hop":0,`+
		`"low":{"level":{"entryId":"i-1","sku":"A","version":1,"quantityOnStock":4,"availableQuantity":4},"threshold":10,"at":"2026-03-04T00:00:01Z"}}}`)
	if err := w.handler(usual).handle(t.Context(), at(1, 4)); err != nil || len(w.lows) != 1 {
		t.Errorf("handle: %v, told %+v", err, w.lows)
	}
}

// However often levels come, in whatever order, and wherever handlers die:
// crossings are told once each, and they are those of the levels as they were
// taken in, each newer than the one before.
func TestEachCrossingIsToldOnceWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		levels := rapid.SliceOfN(rapid.Int64Range(-3, 25), 1, 8).Draw(t, "levels")
		order := rapid.SliceOfN(rapid.IntRange(0, len(levels)-1), 1, 20).Draw(t, "deliveries")
		w.crash = func() (bool, bool) {
			switch rapid.IntRange(0, 9).Draw(t, "crash") {
			case 0:
				return true, false
			case 1:
				return false, true
			}
			return false, false
		}
		// Whatever is not done is delivered again, after all others.
		taken := []int64{}
		for queue := order; len(queue) > 0; {
			i := queue[0]
			queue = queue[1:]
			before := sequence(w)
			err := failure(w.handler(usual).handle(context.Background(), at(int64(i+1), levels[i])))
			if now := sequence(w); now != before {
				taken = append(taken, now)
			}
			if err != nil {
				queue = append(queue, i)
			}
		}
		if !slices.IsSorted(taken) {
			t.Fatalf("versions taken in: %v", taken)
		}
		var want, marks []int64
		low, soldOut := false, false
		for _, version := range taken {
			next := levels[version-1] <= 10 || low && levels[version-1] <= 15
			if next && !low {
				want = append(want, version)
			}
			low = next
			next = levels[version-1] <= 0 || soldOut && levels[version-1] < 3
			switch {
			case next && !soldOut:
				marks = append(marks, version)
			case soldOut && !next:
				marks = append(marks, -version)
			}
			soldOut = next
		}
		if !slices.Equal(marks, w.marks) {
			t.Fatalf("levels %v, taken in %v: told sold out and back %v, want %v", levels, taken, w.marks, marks)
		}
		var got []int64
		for _, l := range w.lows {
			got = append(got, l.Level.Version)
		}
		if !slices.Equal(want, got) {
			t.Fatalf("levels %v, taken in %v: told %v, want %v", levels, taken, got, want)
		}
	})
}

func sequence(w *world) int64 {
	var n int64
	_, rest, _ := strings.Cut(w.store.Text(scope, "i-1"), `"sequence":`)
	_, _ = fmt.Sscan(strings.FieldsFunc(rest+",0", func(r rune) bool { return r == ',' || r == '}' })[0], &n)
	return n
}

// Handlers of many deliveries at a time tell one crossing.
func TestManyAtATimeTellOneCrossing(t *testing.T) {
	w := newWorld()
	var all sync.WaitGroup
	for version := range int64(20) {
		for range 3 {
			all.Go(func() {
				if err := failure(w.handler(usual).handle(t.Context(), at(version+1, 1+version%9))); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if len(w.told) != 1 {
		t.Errorf("%d crossings told; want one", len(w.told))
	}
}

// A newer level does not take the place of a crossing that was not told: it is
// told first, by the event that brought it.
func TestOwedCrossingIsToldByWhoeverComesNext(t *testing.T) {
	w := newWorld()
	h := newHandler(usual, w.store, func(context.Context, event.Header, ...event.Payload) error { return errCrash })
	if err := h.handle(t.Context(), at(1, 4)); err != errCrash {
		t.Fatalf("handle: %v", err)
	}
	if err := failure(w.handler(usual).handle(t.Context(), at(2, 50))); err != nil {
		t.Fatal(err)
	}
	if err := failure(w.handler(usual).handle(t.Context(), at(1, 4))); err != nil {
		t.Fatal(err)
	}
	if len(w.lows) != 1 || w.lows[0].Level.Version != 1 || sequence(w) != 2 {
		t.Errorf("told %+v at sequence %d", w.lows, sequence(w))
	}
}

func TestNoteThatCannotBeReadIsRefused(t *testing.T) {
	w := newWorld()
	w.store.Put(scope, "i-1", "?")
	if err := w.handler(usual).handle(t.Context(), at(1, 4)); err == nil || err.Error() != "state-unreadable: inventory-changed-watch: the stored value does not fit its type" {
		t.Errorf("handle: %v", err)
	}
}

func TestRules(t *testing.T) {
	for name, c := range map[string]struct {
		threshold, hysteresis, restock, skus string
		want                                 rule // of A
		err                                  string
	}{
		"the usual":                    {"10", "5", "1", "{}", rule{Threshold: 10, Hysteresis: 5, Restock: 1}, ""},
		"another SKU's own":            {"10", "5", "1", `{"B":{"threshold":1}}`, rule{Threshold: 10, Hysteresis: 5, Restock: 1}, ""},
		"its own threshold":            {"10", "5", "1", `{"A":{"threshold":0}}`, rule{Threshold: 0, Hysteresis: 5, Restock: 1}, ""},
		"its own hysteresis":           {"10", "5", "1", `{"A":{"hysteresis":0}}`, rule{Threshold: 10, Restock: 1}, ""},
		"its own restock":              {"10", "5", "1", `{"A":{"restock":20}}`, rule{Threshold: 10, Hysteresis: 5, Restock: 20}, ""},
		"a restock of nothing":         {"10", "5", "0", "{}", rule{}, "INVENTORY_RESTOCK_QUANTITY: expected 1 or more"},
		"a restock that is text":       {"10", "5", "some", "{}", rule{}, "INVENTORY_RESTOCK_QUANTITY: expected a whole number"},
		"a SKU's restock of nothing":   {"10", "5", "1", `{"A":{"restock":0}}`, rule{}, "INVENTORY_LOW_SKUS: expected a restock of 1 or more"},
		"not watched":                  {"10", "5", "1", `{"A":{"off":true}}`, rule{Threshold: 10, Hysteresis: 5, Restock: 1, Off: true}, ""},
		"a threshold that is text":     {"ten", "5", "1", "{}", rule{}, "INVENTORY_LOW_THRESHOLD: expected a whole number"},
		"a hysteresis that is text":    {"10", "", "1", "{}", rule{}, "INVENTORY_LOW_HYSTERESIS: expected a whole number"},
		"a hysteresis below 0":         {"10", "-5", "1", "{}", rule{}, "INVENTORY_LOW_HYSTERESIS: expected 0 or more"},
		"a SKU's hysteresis below 0":   {"10", "5", "1", `{"A":{"hysteresis":-1}}`, rule{}, "INVENTORY_LOW_SKUS: expected a hysteresis of 0 or more"},
		"SKUs that are a list":         {"10", "5", "1", `[]`, rule{}, "invalid-event: INVENTORY_LOW_SKUS: expected an object"},
		"a SKU's threshold as a text":  {"10", "5", "1", `{"A":{"threshold":"1"}}`, rule{}, "invalid-event: INVENTORY_LOW_SKUS.?.threshold: expected a whole number within range"},
		"a SKU that is a number alone": {"10", "5", "1", `{"A":1}`, rule{}, "invalid-event: INVENTORY_LOW_SKUS.?: expected an object"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := newRules(config.Static(map[string]string{
				"INVENTORY_LOW_THRESHOLD": c.threshold, "INVENTORY_LOW_HYSTERESIS": c.hysteresis, "INVENTORY_RESTOCK_QUANTITY": c.restock, "INVENTORY_LOW_SKUS": c.skus,
			}, nil))
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Fatalf("got %v, want %q", err, c.err)
			}
			if err == nil && r.of("A") != c.want {
				t.Errorf("got %+v, want %+v", r.of("A"), c.want)
			}
		})
	}
}
