package queue

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

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
