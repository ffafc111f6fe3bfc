package main

import (
	"context"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type profiles interface {
	ReturnLabelCreated(ctx context.Context, id string, at time.Time, r retail.ReturnLabelled) error
}

type handler struct {
	profiles profiles
}

// handle ignores the return of a customer without id and e-mail address.
func (h handler) handle(ctx context.Context, e event.Event[retail.ReturnLabelled]) error {
	if e.Data.Customer.Email == "" && e.Data.Customer.ID == "" {
		return function.Ignore("no-profile")
	}
	return h.profiles.ReturnLabelCreated(ctx, e.ID, e.Time, e.Data)
}
