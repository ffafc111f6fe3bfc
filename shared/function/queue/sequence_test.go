package queue

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// level is an event that carries a state.
type level struct {
	SKU     string `json:"sku"`
	Version int64  `json:"version"`
}

func (level) EventType() event.Type { return "level.changed" }
func (level) SchemaVersion() int    { return 1 }
func (l level) Subject() string     { return l.SKU }
func (l level) Sequence() int64     { return l.Version }
func (l level) Validate() error     { return nil }

func levelAt(t testing.TB, sku string, version int64) message {
	t.Helper()
	id := fmt.Sprintf("%s-%d", sku, version)
	raw, err := event.New(event.Origin{Source: "/test", ID: id, Time: time.Now()}, level{sku, version})
	if err != nil {
		t.Fatal(err)
	}
	return message{id: id, body: onBus(t, raw)}
}

func TestOrderedEventsOfABatchAreHandledOldestFirst(t *testing.T) {
	var mu sync.Mutex
	handled := map[string][]int64{}
	f := newFixture(catalog.Function{}, func(_ context.Context, e event.Event[level]) error {
		mu.Lock()
		defer mu.Unlock()
		handled[e.Subject] = append(handled[e.Subject], e.Sequence)
		return nil
	})
	deliver(t, f, sqsEvent(t, levelAt(t, "a", 3), levelAt(t, "b", 1), levelAt(t, "a", 1), levelAt(t, "a", 2), message{id: "x", body: "{}"}))
	if diff := cmp.Diff(map[string][]int64{"a": {1, 2, 3}, "b": {1}}, handled); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
	deliver(t, f, sqsEvent(t, levelAt(t, "a", 3), levelAt(t, "b", 1)))
	if got := f.output.Outcomes(t); got["applied"] != 4 || got["duplicate"] != 2 || got["dead-letter"] != 1 {
		t.Errorf("outcomes %v", got)
	}
}

func TestOlderEventIsStaleAfterANewerOne(t *testing.T) {
	f := newFixture(catalog.Function{}, func(context.Context, event.Event[level]) error { return nil })
	if failed := deliver(t, f, sqsEvent(t, levelAt(t, "a", 5))); failed != nil {
		t.Fatal(failed)
	}
	if failed := deliver(t, f, sqsEvent(t, levelAt(t, "a", 4))); failed != nil {
		t.Errorf("a stale event failed: %v", failed)
	}
	if got := f.output.Outcomes(t); got["stale"] != 1 || got["applied"] != 1 {
		t.Errorf("outcomes %v", got)
	}
}

func TestOlderNeverOverwritesNewerUnderConcurrency(t *testing.T) {
	var current, applied atomic.Int64
	f := newFixture(catalog.Function{}, func(_ context.Context, e event.Event[level]) error {
		if e.Sequence < current.Load() {
			t.Errorf("%d applied over %d", e.Sequence, current.Load())
		}
		time.Sleep(time.Millisecond)
		current.Store(e.Sequence)
		applied.Add(1)
		return nil
	})
	const n = 24
	left := map[string]message{}
	for i := range n {
		m := levelAt(t, "a", int64(i+1))
		left[m.id] = m
	}
	for round := 0; len(left) > 0 && round < 100; round++ {
		var invokes sync.WaitGroup
		var done sync.Map
		for id, m := range left {
			invokes.Go(func() {
				if failed := deliver(t, f, sqsEvent(t, m)); failed == nil {
					done.Store(id, true)
				}
			})
		}
		invokes.Wait()
		for id := range done.Range {
			delete(left, id.(string))
		}
	}
	if len(left) > 0 || current.Load() != n {
		t.Errorf("%d left, the state is %d, want %d", len(left), current.Load(), n)
	}
}

// A function that keeps the order itself sees an older event after a newer one.
func TestAnyOrderLetsOlderEventsThrough(t *testing.T) {
	for _, anyOrder := range []bool{false, true} {
		var seen []int64
		f := newFixture(catalog.Function{Trigger: catalog.EventQueue{AnyOrder: anyOrder}}, func(_ context.Context, e event.Event[retail.InventoryChanged]) error {
			seen = append(seen, e.Data.Level.Version)
			return nil
		})
		for _, version := range []int64{5, 3} {
			raw, err := event.New(event.Origin{Source: "/commercetools/acme", ID: fmt.Sprint(version), Time: time.Now()},
				retail.InventoryChanged{Level: retail.Level{EntryID: "i", SKU: "A", Version: version}})
			if err != nil {
				t.Fatal(err)
			}
			deliver(t, f, sqsEvent(t, message{id: "m", body: onBus(t, raw)}))
		}
		want := []int64{5}
		if anyOrder {
			want = []int64{5, 3}
		}
		if !slices.Equal(seen, want) {
			t.Errorf("any order %t: handled %v; want %v", anyOrder, seen, want)
		}
	}
}
