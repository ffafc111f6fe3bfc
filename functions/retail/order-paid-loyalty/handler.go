package main

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type programme interface {
	Counts(currency string) bool
	PayOrder(ctx context.Context, o retail.Order, paid retail.Money) error
}

type handler struct {
	programme programme
}

// handle ignores the order of a guest, who cannot collect points, and an order in a
// currency that the programme does not use.
func (h handler) handle(ctx context.Context, e event.Event[retail.OrderPaid]) error {
	order, paid := e.Data.Order, e.Data.Payment.Amount
	switch {
	case order.Customer.ID == "":
		return function.Ignore("guest")
	case !h.programme.Counts(paid.Currency):
		return function.Ignore("other-currency")
	}
	return h.programme.PayOrder(ctx, order, paid)
}
