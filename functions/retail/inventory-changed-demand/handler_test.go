package main

import (
	"context"
	"errors"
	"testing"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

type fake struct {
	told bool
	err  error
	took []string
}

func (f *fake) Level(_ context.Context, cause event.Header, l retail.InventoryChanged) (bool, error) {
	f.took = append(f.took, cause.ID+" "+l.Level.SKU)
	return f.told, f.err
}

func TestHandle(t *testing.T) {
	for name, c := range map[string]struct {
		sku  string
		fake fake
		took int
		err  string
	}{
		"a level that changes demand":  {"A", fake{told: true}, 1, ""},
		"a level that changes nothing": {"A", fake{}, 1, "ignored: no-change"},
		"a SKU that is not watched":    {"X", fake{told: true}, 0, "ignored: no-watched-sku"},
		"a failure is reported":        {"A", fake{err: errors.New("broken")}, 1, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			h := handler{watches: func(sku string) bool { return sku == "A" }, counter: &c.fake}
			err := h.handle(t.Context(), event.Event[retail.InventoryChanged]{
				Header: event.Header{ID: "e-1"}, Data: retail.InventoryChanged{Level: retail.Level{SKU: c.sku}},
			})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if len(c.fake.took) != c.took {
				t.Errorf("took %v in", c.fake.took)
			}
		})
	}
}
