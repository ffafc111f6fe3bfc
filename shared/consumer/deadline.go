package consumer

import (
	"context"
	"errors"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// minStart is the least time a handler must have left to be started.
const minStart = 300 * time.Millisecond

// marginOf is what is kept from handlers of an invoke's time: a tenth, at least
// 300 ms and at the most 2 s. Its first half is for the ledger, its second for
// the queue and the answer.
func marginOf(total time.Duration) time.Duration {
	return min(2*time.Second, max(300*time.Millisecond, total/10))
}

// bounded gives the handler a deadline with a margin before the invoke's, and
// does not start it when too little time is left: the record goes back untouched.
func bounded(next Handler[jsontext.Value]) Handler[jsontext.Value] {
	return func(ctx context.Context, e event.Raw) error {
		d := deliveryOf(ctx)
		end := d.deadline.Add(-d.margin)
		if time.Until(end) < minStart {
			return untouched()
		}
		ctx, cancel := context.WithDeadline(ctx, end)
		defer cancel()
		return next(ctx, e)
	}
}

func untouched() error {
	return fault.Retry("deadline", 0, errors.New("too little of the invoke's time was left"))
}
