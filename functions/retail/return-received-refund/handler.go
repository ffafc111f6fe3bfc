package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

type payments interface {
	Refund(ctx context.Context, orderID, name string, amount retail.Money, at time.Time) (commercetools.Refunded, error)
}

type handler struct {
	payments payments
	// on are the conditions in which pieces are refunded.
	on []retail.Condition
}

func newHandler(v config.Values, p payments) (queue.Handler[retail.ReturnReceived], error) {
	on := map[string][]retail.Condition{
		"receipt":       {retail.Returned, retail.BackInStock, retail.Unusable},
		"judgement":     {retail.BackInStock, retail.Unusable},
		"back-in-stock": {retail.BackInStock},
		"never":         nil,
	}
	when, err := v.OneOf("RETURN_REFUND_ON", "receipt", "judgement", "back-in-stock", "never")
	if err != nil {
		return nil, err
	}
	return handler{payments: p, on: on[when]}.handle, nil
}

// handle refunds the price of the pieces, by default as soon as they arrive and before
// they are inspected. The refund has the return item's id, so the item is refunded once.
// Items that the shop marks as refunded or not refundable, free items, and items that
// were not charged are ignored. Shipping is not refunded.
func (h handler) handle(ctx context.Context, e event.Event[retail.ReturnReceived]) error {
	switch value := e.Data.Value; {
	case !slices.Contains(h.on, e.Data.Item.Condition):
		return function.Ignore("not-on-" + string(e.Data.Item.Condition))
	case e.Data.Settled != "":
		return function.Ignore(e.Data.Settled)
	case value == nil:
		return fault.Refuse("refund-unknown", errors.New("returned pieces: expected a value, which an order with a discount on its total does not have: a person decides"))
	case value.Amount == 0:
		return function.Ignore("nothing-to-refund")
	}
	outcome, err := h.payments.Refund(ctx, e.Data.OrderID, e.Data.Item.ID, *e.Data.Value, e.Data.ReceivedAt)
	if err == nil && outcome != commercetools.Requested {
		return function.Ignore(string(outcome))
	}
	return err
}
