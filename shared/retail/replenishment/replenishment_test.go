package replenishment_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/process"
	"signalbox/shared/process/processtest"
	"signalbox/shared/retail/replenishment"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

const threshold = 10

func level(version, available int64) retail.Level {
	return retail.Level{EntryID: "i-1", SKU: "A", Version: version, QuantityOnStock: available, AvailableQuantity: available}
}

// low is the event of a low level of that version.
func low(version int64) event.Event[retail.InventoryLow] {
	return event.Event[retail.InventoryLow]{
		Header: event.Header{ID: fmt.Sprintf("low-%d", version)},
		Data:   retail.InventoryLow{Level: level(version, 3), Threshold: threshold, At: noon.Add(time.Duration(version) * time.Minute)},
	}
}

// changed is the event of a level of that version.
func changed(version, available int64) event.Event[retail.InventoryChanged] {
	return event.Event[retail.InventoryChanged]{
		Header: event.Header{ID: fmt.Sprintf("changed-%d", version), Time: noon.Add(time.Duration(version) * time.Minute)},
		Data:   retail.InventoryChanged{Level: level(version, available)},
	}
}

// functions of the channels that send orders, and of the one that sees levels.
const (
	sees    = "inventory-changed-replenish"
	byEDI   = "inventory-low-replenish-edi"
	byHook  = "inventory-low-replenish-webhook"
	edi     = "edi"
	webhook = "webhook"
)

var sender = map[string]string{edi: byEDI, webhook: byHook}

func orders(w *processtest.World, function string) replenishment.Orders {
	env := w.Env(function)
	r := process.Runner[replenishment.State, replenishment.Event]{
		Process: replenishment.Process, Function: function, Emitter: env, Store: w.Store(replenishment.Process.Name),
	}
	if function != sees {
		r.Timers = env
	}
	return replenishment.Orders{Runner: r}
}

// fire gives a timer to the function that set it, as its queue does.
func fire(t interface{ Fatal(...any) }, w *processtest.World, e event.Event[process.Fired]) error {
	for _, function := range sender {
		if e.Source == process.Source(function) {
			ctx := testContext
			if err := orders(w, function).Due(ctx, e); !errors.Is(err, process.ErrStale) {
				return err
			}
			return nil
		}
	}
	t.Fatal("a timer of nobody: ", e.Source)
	return nil
}

func overdue(t *testing.T, w *processtest.World) []retail.ReplenishmentOverdue {
	t.Helper()
	var all []retail.ReplenishmentOverdue
	seen := map[string]bool{}
	for _, raw := range w.Published {
		if raw.Type == retail.TypeReplenishmentOverdue && !seen[raw.ID] {
			e, err := event.As[retail.ReplenishmentOverdue](raw)
			if err != nil {
				t.Fatal(err)
			}
			seen[raw.ID] = true
			all = append(all, e.Data)
		}
	}
	return all
}

func TestAnOrderThatNothingAnswersIsOverdueOnce(t *testing.T) {
	w := processtest.New(noon)
	for range 2 {
		if err := orders(w, byEDI).Sent(t.Context(), low(1).Header, edi, "campfire", 48*time.Hour, low(1).Data); err != nil {
			t.Fatal(err)
		}
	}
	// A level that is still low, and one that is older than the order, answer nothing.
	for _, e := range []event.Event[retail.InventoryChanged]{changed(2, threshold), changed(1, 50)} {
		if answered, err := orders(w, sees).Seen(t.Context(), e); answered || err != nil {
			t.Errorf("%s: answered %t, %v", e.ID, answered, err)
		}
	}
	for range 2 {
		if err := w.Advance(48*time.Hour+time.Minute, func(e event.Event[process.Fired]) error { return fire(t, w, e) }); err != nil {
			t.Fatal(err)
		}
	}
	want := []retail.ReplenishmentOverdue{{Level: level(1, 3), Threshold: threshold, Purchase: retail.Purchase{
		ID: "low-1", Channel: edi, Supplier: "campfire", OrderedAt: noon.Add(time.Minute), DueAt: noon.Add(48*time.Hour + time.Minute),
	}}}
	if diff := cmp.Diff(want, overdue(t, w)); diff != "" {
		t.Error(diff)
	}
}

func TestALevelAboveTheThresholdAnswersTheOrdersOfAllChannels(t *testing.T) {
	w := processtest.New(noon)
	for channel, function := range sender {
		if err := orders(w, function).Sent(t.Context(), low(1).Header, channel, "campfire", 0, low(1).Data); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if answered, err := orders(w, sees).Seen(t.Context(), changed(2, threshold+1)); !answered || err != nil {
			t.Errorf("answered %t, %v", answered, err)
		}
	}
	if answered, err := orders(w, sees).Seen(t.Context(), changed(3, threshold+9)); answered || err != nil {
		t.Errorf("a further level: answered %t, %v", answered, err)
	}
	if err := w.Advance(replenishment.AnswerWithin+time.Hour, func(e event.Event[process.Fired]) error { return fire(t, w, e) }); err != nil {
		t.Fatal(err)
	}
	if got := w.IDs(retail.TypeInventoryReplenished); len(got) != 1 || len(overdue(t, w)) != 0 {
		t.Errorf("replenished %v, overdue %v", got, overdue(t, w))
	}
	e, err := event.As[retail.InventoryReplenished](w.Published[0])
	if err != nil || len(e.Data.Purchases) != 2 || e.Data.Purchases[0].Channel != edi {
		t.Errorf("%+v, %v", e.Data, err)
	}
}

func TestNothingIsWaitedForWhoseEntryIsGone(t *testing.T) {
	w := processtest.New(noon)
	if err := orders(w, byEDI).Sent(t.Context(), low(1).Header, edi, "campfire", time.Hour, low(1).Data); err != nil {
		t.Fatal(err)
	}
	gone := changed(2, 0)
	gone.Data.Deleted = true
	if answered, err := orders(w, sees).Seen(t.Context(), gone); !answered || err != nil {
		t.Errorf("answered %t, %v", answered, err)
	}
	if err := w.Advance(2*time.Hour, func(e event.Event[process.Fired]) error { return fire(t, w, e) }); err != nil || len(w.Published) != 0 {
		t.Errorf("%v, published %v", err, w.Published)
	}
}

// Decide alone, given any events in any order and any number of times.
func TestDecide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s replenishment.State
		overdue, answered := map[string]int{}, map[string]bool{}
		events := []replenishment.Event{}
		for range rapid.IntRange(1, 30).Draw(t, "events") {
			version := rapid.Int64Range(1, 4).Draw(t, "version")
			channel := rapid.SampledFrom([]string{edi, webhook}).Draw(t, "channel")
			due := noon.Add(time.Duration(version) * time.Hour)
			var e replenishment.Event
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				e = replenishment.Sent{Order: replenishment.Order{
					Purchase: retail.Purchase{ID: low(version).ID, Channel: channel, Supplier: "campfire", OrderedAt: noon, DueAt: due},
					Level:    level(version, 3), Threshold: threshold,
				}}
			case 1:
				e = replenishment.Seen{Change: changed(version, rapid.Int64Range(9, 11).Draw(t, "available")).Data, At: noon}
			case 2:
				e = process.Due{Name: channel, At: due}
			case 3:
				if len(events) > 0 {
					e = rapid.SampledFrom(events).Draw(t, "again")
				}
			}
			events = append(events, e)
			d := replenishment.Decide(s, e)
			if again := replenishment.Decide(d.State, e); len(again.Emit)+len(again.Set)+len(again.Cancel) > 0 || !cmp.Equal(again.State, d.State) {
				t.Fatalf("%+v decided again does %+v", e, again)
			}
			for _, timer := range d.Set {
				if o := d.State.Orders[timer.Name]; o.Answered != 0 || o.Overdue || !o.DueAt.Equal(timer.At) {
					t.Fatalf("timer %+v of %+v", timer, o)
				}
			}
			for _, name := range d.Cancel {
				if d.State.Orders[name].Answered == 0 {
					t.Fatalf("the timer of an order that waits is cancelled: %+v", d)
				}
				answered[key(name, d.State.Orders[name].Level.Version)] = true
			}
			for channel, o := range d.State.Orders {
				if o.Answered != 0 && !answered[key(channel, o.Level.Version)] {
					t.Fatalf("the timer of an answered order is left: %+v", o)
				}
			}
			for _, data := range d.Emit {
				if o, ok := data.(retail.ReplenishmentOverdue); ok {
					order := key(o.Purchase.Channel, o.Level.Version)
					if overdue[order]++; overdue[order] > 1 || answered[order] {
						t.Fatalf("order %s is overdue for the %dth time, answered %t", order, overdue[order], answered[order])
					}
				}
				if err := data.Validate(); err != nil {
					t.Fatal(err)
				}
			}
			s = d.State
		}
	})
}

var errBroken = errors.New("broken off")

// Whatever is shuffled, repeated, missing or broken off: an order is reported as
// overdue at most once, never after it was answered, and an order that nothing
// answered is never forgotten.
func TestOrdersAreAccountedForInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := processtest.New(noon)
		breaks := true
		w.Fail = func(string, bool) error {
			if breaks && rapid.IntRange(0, 19).Draw(t, "break") == 0 {
				return errBroken
			}
			return nil
		}
		// deliver gives an event to its function until it is taken, as a queue does.
		deliver := func(do func() error) {
			for range 1000 {
				err := do()
				if err == nil {
					return
				}
				if !errors.Is(err, errBroken) && !isLedger(err) {
					t.Fatal(err)
				}
			}
			t.Fatal("it is never taken")
		}
		newest := map[string]int64{}
		answeredAt := map[string]int{} // channel and version → how many events were published before
		events := rapid.IntRange(1, 12).Draw(t, "events")
		for range events {
			version := rapid.Int64Range(1, 4).Draw(t, "version")
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				channel := rapid.SampledFrom([]string{edi, webhook}).Draw(t, "channel")
				e := low(version)
				deliver(func() error {
					return orders(w, sender[channel]).Sent(testContext, e.Header, channel, "campfire", 48*time.Hour, e.Data)
				})
				newest[channel] = max(newest[channel], version)
			case 2:
				e := changed(version, rapid.SampledFrom([]int64{5, threshold, threshold + 1}).Draw(t, "available"))
				deliver(func() error { _, err := orders(w, sees).Seen(testContext, e); return err })
				for channel, v := range newest {
					if _, known := answeredAt[key(channel, v)]; v < version && e.Data.Level.AvailableQuantity > threshold && !known {
						answeredAt[key(channel, v)] = len(w.Published)
					}
				}
			case 3:
				by := time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour
				deliver(func() error {
					step := by
					by = 0
					return w.Advance(step, func(e event.Event[process.Fired]) error { return fire(t, w, e) })
				})
			}
		}
		breaks = false
		deliver(func() error {
			return w.Advance(100*time.Hour, func(e event.Event[process.Fired]) error { return fire(t, w, e) })
		})
		if len(w.Timers) != 0 {
			t.Fatalf("timers are left: %v", w.Timers)
		}
		told := map[string]string{}
		for i, raw := range w.Published {
			if raw.Type != retail.TypeReplenishmentOverdue {
				continue
			}
			e, err := event.As[retail.ReplenishmentOverdue](raw)
			if err != nil {
				t.Fatal(err)
			}
			order := key(e.Data.Purchase.Channel, e.Data.Level.Version)
			if id, there := told[order]; there && id != raw.ID {
				t.Fatalf("order %s is overdue twice", order)
			}
			told[order] = raw.ID
			if at, answered := answeredAt[order]; answered && i >= at && !before(w.Published[:at], raw.ID) {
				t.Fatalf("order %s is overdue after its answer", order)
			}
		}
		for channel, version := range newest {
			_, answered := answeredAt[key(channel, version)]
			if told[key(channel, version)] == "" && !answered {
				t.Fatalf("the order of %s for level %d is forgotten", channel, version)
			}
		}
	})
}

func key(channel string, version int64) string { return fmt.Sprintf("%s %d", channel, version) }

func before(published []event.Raw, id string) bool {
	for _, e := range published {
		if e.ID == id {
			return true
		}
	}
	return false
}
