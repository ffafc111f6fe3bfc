package main

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

type profiles interface {
	UpsertProfile(context.Context, retail.Account) error
}

type handler struct {
	profiles profiles
}

// handle creates a profile without subscriptions: the shop asks for consent, not this
// function.
func (h handler) handle(ctx context.Context, e event.Event[retail.CustomerCreated]) error {
	return h.profiles.UpsertProfile(ctx, e.Data.Customer)
}
