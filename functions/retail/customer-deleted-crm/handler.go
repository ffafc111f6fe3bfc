package main

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type crm interface {
	EraseCustomer(ctx context.Context, customerID string) error
}

type handler struct {
	crm crm
}

// handle empties what is personal and keeps the record, for orders refer to it. An
// account that was only closed stays as it is: its orders are still business.
func (h handler) handle(ctx context.Context, e event.Event[retail.CustomerDeleted]) error {
	if !e.Data.Erasure {
		return function.Ignore("account-closed")
	}
	return h.crm.EraseCustomer(ctx, e.Data.CustomerID)
}
