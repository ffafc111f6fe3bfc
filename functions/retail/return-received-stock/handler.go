package main

import (
	"context"

	"signalbox/shared/config"
	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

type shop interface {
	Restock(ctx context.Context, m commercetools.Marks, name, sku, channel string, pieces int64) (commercetools.Restocked, error)
}

type handler struct {
	shop  shop
	marks commercetools.Marks
	// off: another system counts returned pieces.
	off bool
}

func newHandler(v config.Values, s shop) (queue.Handler[retail.ReturnReceived], error) {
	marks, err := commercetools.ReadMarks(v)
	if err != nil {
		return nil, err
	}
	restock, err := v.OneOf("RETURN_RESTOCK", "yes", "no")
	if err != nil {
		return nil, err
	}
	return handler{shop: s, marks: marks, off: restock == "no"}.handle, nil
}

// handle counts pieces that can be sold again, and ignores those that were not inspected
// yet, are unusable, or have no inventory entry. The return item's id marks them as
// counted, so an item is counted once even if it is inspected twice.
func (h handler) handle(ctx context.Context, e event.Event[retail.ReturnReceived]) error {
	item := e.Data.Item
	switch {
	case h.off:
		return function.Ignore("off")
	case item.Condition != retail.BackInStock:
		return function.Ignore(string(item.Condition))
	case item.SKU == "":
		return function.Ignore("no-sku")
	}
	outcome, err := h.shop.Restock(ctx, h.marks, item.ID, item.SKU, item.Channel, item.Quantity)
	if err == nil && outcome != commercetools.Done {
		return function.Ignore(string(outcome))
	}
	return err
}
