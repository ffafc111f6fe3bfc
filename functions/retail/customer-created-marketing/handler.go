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

// handle makes a profile and subscribes nobody to anything: consent is asked for
// where it is given, not here.
func (h handler) handle(ctx context.Context, e event.Event[retail.CustomerCreated]) error {
	return h.profiles.UpsertProfile(ctx, e.Data.Customer)
}
