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

func TestLowStockAsksForTheEndOfADiscountOnWhatIsScarce(t *testing.T) {
	at := time.Date(2026, 3, 4, 17, 0, 0, 0, time.UTC)
	broken := errors.New("broken")
	h := handler{apply: func(_ context.Context, cause event.Header, when time.Time, sku string, wish promotion.Wish, why string) error {
		if cause.ID != "e-1" || !when.Equal(at) || sku != "A" || wish != promotion.EndIfScarce || why != "scarce, stock low with 7 available at one place" {
			t.Errorf("applied %s at %v of %s: %v because %q", cause.ID, when, sku, wish, why)
		}
		return broken
	}}
	err := h.handle(t.Context(), event.Event[retail.InventoryLow]{
		Header: event.Header{ID: "e-1"}, Data: retail.InventoryLow{Level: retail.Level{SKU: "A", AvailableQuantity: 7}, At: at},
	})
	if err != broken {
		t.Errorf("got %v", err)
	}
}
