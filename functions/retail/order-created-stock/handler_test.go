package main

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// fake is a shop that has some levels.
type fake struct {
	levels []retail.Level
	err    error
	asked  []string
}

func (f *fake) Levels(_ context.Context, skus []string) ([]retail.Level, error) {
	f.asked = append(f.asked, skus...)
	return f.levels, f.err
}

func TestHandle(t *testing.T) {
	a := retail.Level{EntryID: "i-a", SKU: "A", Channel: "north", Version: 3, QuantityOnStock: 4, AvailableQuantity: 2}
	a2 := retail.Level{EntryID: "i-a2", SKU: "A", Channel: "south", Version: 9}
	b := retail.Level{EntryID: "i-b", SKU: "B", Version: 1, QuantityOnStock: -1, AvailableQuantity: -6}
	lines := func(skus ...string) (all []retail.Line) {
		for _, sku := range skus {
			all = append(all, retail.Line{SKU: sku})
		}
		return all
	}
	for name, c := range map[string]struct {
		lines []retail.Line
		fake  fake
		asked []string
		want  []event.Payload
		err   string
	}{
		"every channel of every SKU is told": {
			lines("B", "A"), fake{levels: []retail.Level{a, a2, b}}, []string{"A", "B"},
			[]event.Payload{retail.InventoryChanged{Level: a}, retail.InventoryChanged{Level: a2}, retail.InventoryChanged{Level: b}}, "",
		},
		"a SKU in two lines is asked for once": {lines("B", "B", ""), fake{levels: []retail.Level{b}}, []string{"B"}, []event.Payload{retail.InventoryChanged{Level: b}}, ""},
		"a SKU that is not kept in stock":      {lines("X"), fake{}, []string{"X"}, nil, "ignored: no-inventory-entry"},
		"lines without a SKU":                  {lines("", ""), fake{}, nil, nil, "ignored: no-sku"},
		"a failure is reported":                {lines("A"), fake{levels: []retail.Level{a}, err: errors.New("broken")}, []string{"A"}, nil, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			var emitted []event.Payload
			h := handler{shop: &c.fake, emit: func(_ context.Context, cause event.Header, data ...event.Payload) error {
				if cause.ID != "e-1" || !cause.Refetched {
					t.Errorf("cause %q, refetched %t: a second reading would be taken for a tampered event", cause.ID, cause.Refetched)
				}
				emitted = data
				return nil
			}}
			e := event.Event[retail.OrderCreated]{Header: event.Header{ID: "e-1"}, Data: retail.OrderCreated{Order: retail.Order{Lines: c.lines}}}
			err := h.handle(t.Context(), e)
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.want, emitted); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.asked, c.fake.asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFailureToEmitIsReported(t *testing.T) {
	broken := errors.New("broken")
	h := handler{shop: &fake{levels: []retail.Level{{}}}, emit: func(context.Context, event.Header, ...event.Payload) error { return broken }}
	e := event.Event[retail.OrderCreated]{Data: retail.OrderCreated{Order: retail.Order{Lines: []retail.Line{{SKU: "A"}}}}}
	if err := h.handle(t.Context(), e); err != broken {
		t.Errorf("got %v", err)
	}
}
