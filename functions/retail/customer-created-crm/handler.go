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

// handle may run after a later state was applied; the sequence that it shares with the
// customer's other events makes the event stale then.
func (h handler) handle(ctx context.Context, e event.Event[retail.CustomerCreated]) error {
	return h.crm.UpsertAccount(ctx, e.Data.Customer)
}
