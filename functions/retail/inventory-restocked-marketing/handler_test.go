package main

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// fake is a shop that has some levels and a catalog.
type fake struct {
	levels []retail.Level
	read   error
	known  bool
	write  error
	set    []int64
}

func (f *fake) Levels(_ context.Context, skus []string) ([]retail.Level, error) {
	if len(skus) != 1 || skus[0] != "A" {
		return nil, errors.New("asked for another SKU")
	}
	return f.levels, f.read
}

func (f *fake) SetStock(_ context.Context, sku string, available int64) (bool, error) {
	if sku != "A" {
		return false, errors.New("set another SKU")
	}
	f.set = append(f.set, available)
	return f.known, f.write
}

func TestHandle(t *testing.T) {
	at := func(available ...int64) (all []retail.Level) {
		for _, n := range available {
			all = append(all, retail.Level{SKU: "A", AvailableQuantity: n})
		}
		return all
	}
	for name, c := range map[string]struct {
		fake fake
		set  []int64
		err  string
	}{
		"what there is at all places":        {fake{levels: at(0, 7, 5), known: true}, []int64{12}, ""},
		"nothing anywhere":                   {fake{levels: at(0), known: true}, []int64{0}, ""},
		"more sold than there is is nothing": {fake{levels: at(-4, 3), known: true}, []int64{3}, ""},
		"no place has it any more":           {fake{known: true}, []int64{0}, ""},
		"Klaviyo does not know the SKU":      {fake{levels: at(1)}, []int64{1}, "ignored: not-in-catalog"},
		"the shop cannot be read":            {fake{read: errors.New("broken")}, nil, "broken"},
		"Klaviyo refuses":                    {fake{levels: at(1), write: errors.New("refused")}, []int64{1}, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			h := handler{shop: &c.fake, catalog: &c.fake}
			err := h.handle(t.Context(), event.Event[retail.InventoryRestocked]{Data: retail.InventoryRestocked{Level: retail.Level{SKU: "A"}}})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.set, c.fake.set); diff != "" {
				t.Error(diff)
			}
		})
	}
}
