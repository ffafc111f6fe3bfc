package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// fake is a counter in which some SKUs' demand changes.
type fake struct {
	counted []string
	changes map[string]bool
	fail    string
}

func (f *fake) Order(_ context.Context, cause event.Header, sku, order string, at time.Time, pieces int64) (bool, error) {
	if sku == f.fail {
		return false, errors.New("broken")
	}
	f.counted = append(f.counted, fmt.Sprint(cause.ID, " ", sku, " ", order, " ", at.Hour(), " ", pieces))
	return f.changes[sku], nil
}

func TestHandle(t *testing.T) {
	line := func(sku string, n int64) retail.Line { return retail.Line{SKU: sku, Quantity: n} }
	for name, c := range map[string]struct {
		lines []retail.Line
		fake  fake
		want  []string
		err   string
	}{
		"every watched SKU is counted":       {[]retail.Line{line("B", 1), line("A", 2), line("X", 9)}, fake{changes: map[string]bool{"B": true}}, []string{"e-1 A o-1 7 2", "e-1 B o-1 7 1"}, ""},
		"a SKU in two lines is counted once": {[]retail.Line{line("A", 1), line("A", 2)}, fake{changes: map[string]bool{"A": true}}, []string{"e-1 A o-1 7 3"}, ""},
		"no SKU that is watched":             {[]retail.Line{line("X", 1), line("", 2)}, fake{}, nil, "ignored: no-watched-sku"},
		"an order that changes nothing":      {[]retail.Line{line("A", 1)}, fake{}, []string{"e-1 A o-1 7 1"}, "ignored: no-change"},
		"one SKU of two changes":             {[]retail.Line{line("A", 1), line("B", 1)}, fake{changes: map[string]bool{"A": true}}, []string{"e-1 A o-1 7 1", "e-1 B o-1 7 1"}, ""},
		"a failure is reported":              {[]retail.Line{line("A", 1), line("B", 1)}, fake{fail: "B"}, []string{"e-1 A o-1 7 1"}, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			h := handler{watches: func(sku string) bool { return sku == "A" || sku == "B" }, counter: &c.fake}
			placed := time.Date(2026, 3, 4, 7, 0, 0, 0, time.UTC)
			err := h.handle(t.Context(), event.Event[retail.OrderCreated]{
				Header: event.Header{ID: "e-1"}, Data: retail.OrderCreated{Order: retail.Order{ID: "o-1", PlacedAt: placed, Lines: c.lines}},
			})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.want, c.fake.counted); diff != "" {
				t.Error(diff)
			}
		})
	}
}
