package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/retail/promotion"
)

func TestHandle(t *testing.T) {
	at := time.Date(2026, 3, 4, 17, 0, 0, 0, time.UTC)
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		class string
		wish  promotion.Wish
		why   string
	}{
		"slow demand asks for a discount":   {retail.DemandSlow, promotion.Start, "demand slow, 2 sold in 168 h, 238 available, 0 % sell-through"},
		"normal demand asks for its end":    {retail.DemandNormal, promotion.End, "demand normal, 2 sold in 168 h, 238 available, 0 % sell-through"},
		"high demand asks for its end, too": {retail.DemandHigh, promotion.End, "demand high, 2 sold in 168 h, 238 available, 0 % sell-through"},
	} {
		t.Run(name, func(t *testing.T) {
			h := handler{apply: func(_ context.Context, cause event.Header, when time.Time, sku string, wish promotion.Wish, why string) error {
				if cause.ID != "e-1" || !when.Equal(at) || sku != "A" || wish != c.wish || why != c.why {
					t.Errorf("applied %s at %v of %s: %v because %q", cause.ID, when, sku, wish, why)
				}
				return broken
			}}
			err := h.handle(t.Context(), event.Event[retail.DemandChanged]{Header: event.Header{ID: "e-1"}, Data: retail.DemandChanged{
				SKU: "A", Class: c.class, At: at, Counts: retail.Counts{Sold: 2, Available: 238, WindowHours: 168},
			}})
			if err != broken {
				t.Errorf("got %v", err)
			}
		})
	}
}
