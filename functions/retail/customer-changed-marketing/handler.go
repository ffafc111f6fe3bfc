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

// handle writes the whole account, so a change that overtakes the creation makes
// the profile. An address that another profile has is dead-lettered: which of them
// it belongs to is a person's to say.
func (h handler) handle(ctx context.Context, e event.Event[retail.CustomerChanged]) error {
	return h.profiles.UpsertProfile(ctx, e.Data.Customer)
}
