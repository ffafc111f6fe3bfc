package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/webhook"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// fake is the supplier of one SKU.
type fake struct {
	sent []webhook.Order
	err  error
}

func (f *fake) Supplies(sku string) bool { return sku == "A" }
func (f *fake) Send(_ context.Context, o webhook.Order) error {
	f.sent = append(f.sent, o)
	return f.err
}

func TestHandle(t *testing.T) {
	at := time.Date(2026, 3, 4, 17, 2, 11, 0, time.UTC)
	order := []webhook.Order{{ID: "e-1", At: at, SKU: "A"}}
	for name, c := range map[string]struct {
		sku  string
		fake fake
		sent []webhook.Order
		err  string
	}{
		"the event's id and time": {"A", fake{}, order, ""},
		"another supplier's SKU":  {"B", fake{}, nil, "ignored: no-webhook-supplier"},
		"a failure is reported":   {"A", fake{err: errors.New("refused")}, order, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			h := handler{suppliers: &c.fake}
			err := h.handle(t.Context(), event.Event[retail.InventoryLow]{
				Header: event.Header{ID: "e-1", Time: at.Add(time.Hour)}, Data: retail.InventoryLow{Level: retail.Level{SKU: c.sku}, At: at},
			})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.sent, c.fake.sent); diff != "" {
				t.Error(diff)
			}
		})
	}
}
