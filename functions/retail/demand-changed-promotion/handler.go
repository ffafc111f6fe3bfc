package main

import (
	"context"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/retail/promotion"
)

type handler struct {
	apply func(ctx context.Context, cause event.Header, at time.Time, sku string, wish promotion.Wish, why string) error
}

// handle starts a discount on a SKU that sells too slowly, by its rule and within the
// budget, and ends it when demand is normal or high again. A SKU without a rule is
// never discounted.
func (h handler) handle(ctx context.Context, e event.Event[retail.DemandChanged]) error {
	wish := promotion.End
	if e.Data.Class == retail.DemandSlow {
		wish = promotion.Start
	}
	return h.apply(ctx, e.Header, e.Data.At, e.Data.SKU, wish, promotion.Because(e.Data))
}
