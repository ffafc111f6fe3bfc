package main

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

type profiles interface {
	ForgetProfile(ctx context.Context, customerID, email string) (bool, error)
}

type handler struct {
	profiles profiles
}

// handle erases the profile with its events. Closing an account does not end a
// newsletter subscription, so the profile of a closed account stays.
func (h handler) handle(ctx context.Context, e event.Event[retail.CustomerDeleted]) error {
	if !e.Data.Erasure {
		return function.Ignore("account-closed")
	}
	there, err := h.profiles.ForgetProfile(ctx, e.Data.CustomerID, e.Data.Email)
	if err == nil && !there {
		return function.Ignore("nothing-to-erase")
	}
	return err
}
