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

// handle creates the customer before the first paid order does.
func (h handler) handle(ctx context.Context, e event.Event[retail.CustomerCreated]) error {
	return h.programme.UpsertCustomer(ctx, e.Data.Customer)
}
