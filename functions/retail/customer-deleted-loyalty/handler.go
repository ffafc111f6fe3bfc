package main

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type programme interface {
	ForgetCustomer(ctx context.Context, customerID string) (bool, error)
}

type handler struct {
	programme programme
}

// handle erases the customer with their points. An account that was only closed
// stays: the programme decides whether its points lapse.
func (h handler) handle(ctx context.Context, e event.Event[retail.CustomerDeleted]) error {
	if !e.Data.Erasure {
		return function.Ignore("account-closed")
	}
	there, err := h.programme.ForgetCustomer(ctx, e.Data.CustomerID)
	if err == nil && !there {
		return function.Ignore("nothing-to-erase")
	}
	return err
}
