package main

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type profiles interface {
	PlacedOrder(ctx context.Context, id string, o retail.Order) error
}

type handler struct {
	profiles profiles
}

// handle ignores an order without a profile: that of a guest without an e-mail address,
// placed in a store or by telephone.
func (h handler) handle(ctx context.Context, e event.Event[retail.OrderCreated]) error {
	customer := e.Data.Order.Customer
	if customer.Email == "" && customer.ID == "" {
		return function.Ignore("no-profile")
	}
	return h.profiles.PlacedOrder(ctx, e.ID, e.Data.Order)
}
