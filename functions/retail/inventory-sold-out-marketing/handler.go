package main

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type shop interface {
	Levels(ctx context.Context, skus []string) ([]retail.Level, error)
}

type catalog interface {
	SetStock(ctx context.Context, sku string, available int64) (known bool, err error)
}

type handler struct {
	shop    shop
	catalog catalog
}

// handle sets the stock of the SKU in Klaviyo, which does not recommend a SKU that is out
// of stock. The event concerns one channel, but handle sets the current stock of all
// channels, so a SKU that other channels have stays, and a late event sets the right
// stock. A SKU that is not in Klaviyo's catalog is ignored.
func (h handler) handle(ctx context.Context, e event.Event[retail.InventorySoldOut]) error {
	sku := e.Data.Level.SKU
	levels, err := h.shop.Levels(ctx, []string{sku})
	if err != nil {
		return err
	}
	known, err := h.catalog.SetStock(ctx, sku, retail.Available(levels))
	if err != nil {
		return err
	}
	if !known {
		return function.Ignore("not-in-catalog")
	}
	return nil
}
