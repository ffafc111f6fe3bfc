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

// handle leaves alone who cannot collect points, a guest, and what the programme
// does not count, an order in another currency.
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
