package main

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type programme interface {
	Counts(currency string) bool
	CancelOrder(ctx context.Context, orderID string) error
}

type handler struct {
	programme programme
}

// handle leaves alone the orders that gave no points, as order-paid-loyalty does.
// Points of a part can be neither counted nor taken back without the risk of doing
// it twice, so an order that was refunded in part keeps them all until the rest
// goes back.
func (h handler) handle(ctx context.Context, e event.Event[retail.OrderRefunded]) error {
	switch {
	case e.Data.CustomerID == "":
		return function.Ignore("guest")
	case !h.programme.Counts(e.Data.Paid.Currency):
		return function.Ignore("other-currency")
	case !e.Data.Whole():
		return function.Ignore("refunded-in-part")
	}
	return h.programme.CancelOrder(ctx, e.Data.OrderID)
}
