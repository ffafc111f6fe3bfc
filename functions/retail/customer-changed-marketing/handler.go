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

// handle writes the whole account, so a change that arrives before the creation creates
// the profile. An address that another profile has is dead-lettered: a person decides
// to which profile it belongs.
func (h handler) handle(ctx context.Context, e event.Event[retail.CustomerChanged]) error {
	return h.profiles.UpsertProfile(ctx, e.Data.Customer)
}
