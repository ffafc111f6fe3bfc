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
	"signalbox/shared/process"
)

// fake is a gateway to the supplier of one SKU.
type fake struct {
	sent []edi.Order
	err  error
}

func (f *fake) Supplies(sku string) bool             { return sku == "A" }
func (f *fake) Terms(string) (string, time.Duration) { return "campfire", 48 * time.Hour }
func (f *fake) Send(_ context.Context, o edi.Order) error {
	f.sent = append(f.sent, o)
	return f.err
}

// noted are the orders that were noted before they were sent.
type noted struct {
	t    *testing.T
	fake *fake
	sent int
	due  []string
	err  error
}

func (n *noted) Sent(_ context.Context, cause event.Header, channel, supplier string, within time.Duration, low retail.InventoryLow) error {
	if len(n.fake.sent) > 0 {
		n.t.Error("the order was sent before it was noted")
	}
	if cause.ID != "e-1" || channel != "edi" || supplier != "campfire" || within != 48*time.Hour || low.Level.SKU != "A" {
		n.t.Errorf("noted %s by %s of %s within %s: %+v", cause.ID, channel, supplier, within, low)
	}
	n.sent++
	return n.err
}

func (n *noted) Due(_ context.Context, fired event.Event[process.Fired]) error {
	n.due = append(n.due, fired.Data.Key)
	return n.err
}

func TestATimerIsOfTheOrders(t *testing.T) {
	n := &noted{t: t, err: errors.New("broken")}
	err := handler{orders: n}.Fire(t.Context(), event.Event[process.Fired]{Data: process.Fired{Key: "i-1"}})
	if err != n.err || len(n.due) != 1 || n.due[0] != "i-1" {
		t.Errorf("%v, due %v", err, n.due)
	}
}

func TestHandle(t *testing.T) {
	at := time.Date(2026, 3, 4, 17, 2, 11, 0, time.UTC)
	order := []edi.Order{{ID: "e-1", Number: 45, At: at, SKU: "A"}}
	for name, c := range map[string]struct {
		sku      string
		numbered error
		noted    error
		fake     fake
		sent     []edi.Order
		err      string
	}{
		"the event's number and time":       {"A", nil, nil, fake{}, order, ""},
		"another supplier's SKU":            {"B", nil, nil, fake{}, nil, "ignored: no-edi-supplier"},
		"nothing is sent without number":    {"A", errors.New("broken"), nil, fake{}, nil, "broken"},
		"nothing is sent that is not noted": {"A", nil, errors.New("broken"), fake{}, nil, "broken"},
		"a failure is reported":             {"A", nil, nil, fake{err: errors.New("refused")}, order, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			n := &noted{t: t, fake: &c.fake, err: c.noted}
			h := handler{orders: n, gateway: &c.fake, number: func(_ context.Context, id string, most int64) (int64, error) {
				if id != "e-1" || most != edi.MaxNumber {
					t.Errorf("number of %s up to %d", id, most)
				}
				return 45, c.numbered
			}}
			err := h.Handle(t.Context(), event.Event[retail.InventoryLow]{
				Header: event.Header{ID: "e-1", Time: at.Add(time.Hour)}, Data: retail.InventoryLow{Level: retail.Level{SKU: c.sku}, At: at},
			})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if n.sent != 1 && c.sku == "A" {
				t.Errorf("noted %d times", n.sent)
			}
			if diff := cmp.Diff(c.sent, c.fake.sent); diff != "" {
				t.Error(diff)
			}
		})
	}
}
