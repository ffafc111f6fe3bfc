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
	UpsertOrder(context.Context, retail.Order) error
	Usage() salesforce.Usage
}

type handler struct {
	crm crm
	log *slog.Logger
}

// handle upserts the customer first, because the order refers to it. A guest has no id,
// so a guest's order refers to no customer.
func (h handler) handle(ctx context.Context, e event.Event[retail.OrderCreated]) error {
	order := e.Data.Order
	if order.Customer.ID != "" {
		if err := h.crm.UpsertCustomer(ctx, order.Customer); err != nil {
			return err
		}
	}
	err := h.crm.UpsertOrder(ctx, order)
	if u := h.crm.Usage(); u.Near() {
		h.log.WarnContext(ctx, "the organization's requests of the day are nearly used up", "used", u.Used, "allowed", u.Allowed)
	}
	return err
}
