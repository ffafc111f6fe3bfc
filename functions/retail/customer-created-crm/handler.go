package main

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

type crm interface {
	UpsertAccount(context.Context, retail.Account) error
}

type handler struct {
	crm crm
}

// handle may come after a later state was applied; the sequence it shares with the
// other events of the customer leaves it out then.
func (h handler) handle(ctx context.Context, e event.Event[retail.CustomerCreated]) error {
	return h.crm.UpsertAccount(ctx, e.Data.Customer)
}
