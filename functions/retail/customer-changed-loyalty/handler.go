package main

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

type programme interface {
	UpsertCustomer(context.Context, retail.Account) error
}

type handler struct {
	programme programme
}

// handle writes the whole account, so a change that arrives before the creation
// creates the customer.
func (h handler) handle(ctx context.Context, e event.Event[retail.CustomerChanged]) error {
	return h.programme.UpsertCustomer(ctx, e.Data.Customer)
}
