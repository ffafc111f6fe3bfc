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

// handle empties the personal fields and keeps the record, since orders refer to it. The
// record of an account that was only closed does not change.
func (h handler) handle(ctx context.Context, e event.Event[retail.CustomerDeleted]) error {
	if !e.Data.Erasure {
		return function.Ignore("account-closed")
	}
	return h.crm.EraseCustomer(ctx, e.Data.CustomerID)
}
