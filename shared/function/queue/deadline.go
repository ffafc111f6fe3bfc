package queue

import (
	"context"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/function/internal/delivery"
)

// minStart is the least time a handler must have left to be started.
const minStart = 300 * time.Millisecond

// bounded gives the handler a deadline with a margin before the invoke's, and
// does not start it when too little time is left: the record goes back untouched.
func bounded(next delivery.Handler) delivery.Handler {
	return func(ctx context.Context, e event.Raw) error {
		d := delivery.Of(ctx)
		end := d.Deadline.Add(-d.Margin)
		if time.Until(end) < minStart {
			return delivery.Untouched()
		}
		ctx, cancel := context.WithDeadline(ctx, end)
		defer cancel()
		return next(ctx, e)
	}
}
