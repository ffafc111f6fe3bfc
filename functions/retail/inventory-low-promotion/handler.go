package main

import (
	"context"
	"fmt"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/retail/promotion"
)

type handler struct {
	apply func(ctx context.Context, cause event.Header, at time.Time, sku string, wish promotion.Wish, why string) error
}

// handle ends the discount on a SKU that is scarce by its rule at all places
// together. Low at one place while others have plenty ends nothing.
func (h handler) handle(ctx context.Context, e event.Event[retail.InventoryLow]) error {
	level := e.Data.Level
	why := fmt.Sprintf("scarce, stock low with %d available at one place", level.AvailableQuantity)
	return h.apply(ctx, e.Header, e.Data.At, level.SKU, promotion.EndIfScarce, why)
}
