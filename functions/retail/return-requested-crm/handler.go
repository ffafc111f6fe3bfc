package main

import (
	"context"
	"log/slog"

	"signalbox/shared/connector/salesforce"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

type crm interface {
	UpsertCustomer(context.Context, retail.Customer) error
	UpsertReturn(context.Context, retail.ReturnRequested) error
	Usage() salesforce.Usage
}

type handler struct {
	crm crm
	log *slog.Logger
}

// handle upserts the customer first, because the case refers to it: the customer may have
// ordered before Signalbox was in use. A guest's case refers to no customer.
func (h handler) handle(ctx context.Context, e event.Event[retail.ReturnRequested]) error {
	if e.Data.Customer.ID != "" {
		if err := h.crm.UpsertCustomer(ctx, e.Data.Customer); err != nil {
			return err
		}
	}
	err := h.crm.UpsertReturn(ctx, e.Data)
	if u := h.crm.Usage(); u.Near() {
		h.log.WarnContext(ctx, "the organization's requests of the day are nearly used up", "used", u.Used, "allowed", u.Allowed)
	}
	return err
}
