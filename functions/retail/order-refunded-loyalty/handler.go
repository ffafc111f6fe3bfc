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

// handle ignores the orders without points, like order-paid-loyalty. Taking back a part
// of the points could happen twice, so a partly refunded order keeps all of them until
// it is refunded completely.
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
