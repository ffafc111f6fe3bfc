package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/edi"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// fake is a gateway to the supplier of one SKU.
type fake struct {
	sent []edi.Order
	err  error
}

func (f *fake) Supplies(sku string) bool { return sku == "A" }
func (f *fake) Send(_ context.Context, o edi.Order) error {
	f.sent = append(f.sent, o)
	return f.err
}

func TestHandle(t *testing.T) {
	at := time.Date(2026, 3, 4, 17, 2, 11, 0, time.UTC)
	order := []edi.Order{{ID: "e-1", Number: 45, At: at, SKU: "A"}}
	for name, c := range map[string]struct {
		sku      string
		numbered error
		fake     fake
		sent     []edi.Order
		err      string
	}{
		"the event's number and time":    {"A", nil, fake{}, order, ""},
		"another supplier's SKU":         {"B", nil, fake{}, nil, "ignored: no-edi-supplier"},
		"nothing is sent without number": {"A", errors.New("broken"), fake{}, nil, "broken"},
		"a failure is reported":          {"A", nil, fake{err: errors.New("refused")}, order, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			h := handler{gateway: &c.fake, number: func(_ context.Context, id string, most int64) (int64, error) {
				if id != "e-1" || most != edi.MaxNumber {
					t.Errorf("number of %s up to %d", id, most)
				}
				return 45, c.numbered
			}}
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
