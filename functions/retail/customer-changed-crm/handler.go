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

// handle writes the whole account, so it needs no earlier state: a change that arrives
// before the creation creates the record.
func (h handler) handle(ctx context.Context, e event.Event[retail.CustomerChanged]) error {
	return h.crm.UpsertAccount(ctx, e.Data.Customer)
}
