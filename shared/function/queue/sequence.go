package queue

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/idempotency"
	"signalbox/shared/telemetry"
)

// inOrder handles one event of a subject at a time and none that is older than the
// last applied one. An older event waits while the outcome of a newer one is open.
func (c *consumer) inOrder(next delivery.Handler) delivery.Handler {
	return func(ctx context.Context, e event.Raw) error {
		switch {
		case e.Subject == "":
			return fault.Field("subject", "a non-empty string")
		case e.Sequence < 1:
			return fault.Field("sequence", "a whole number above 0")
		}
		lock := idempotency.SequenceLock{
			Function: c.Function.SequenceOrOwn(), Subject: e.Subject, Sequence: e.Sequence,
			Owner: uuid.NewString(), Lease: delivery.Of(ctx).Lease,
		}
		verdict, until, err := c.ledger.AcquireSequence(ctx, lock)
		if err != nil {
			return delivery.LedgerFault(err, false)
		}
		switch verdict {
		case idempotency.Stale:
			return &delivery.Acknowledged{Outcome: telemetry.Stale}
		case idempotency.Locked:
			return fault.Retry("subject-busy", until.Sub(c.Now()), errors.New("another event of the subject is being handled"))
		case idempotency.Behind:
			return fault.Retry("subject-behind", 0, errors.New("the outcome of a newer event of the subject is open"))
		}
		err = next(ctx, e)
		result := idempotency.Applied
		if !delivery.IsDone(err) {
			if fault.Of(err).Ambiguous {
				return err
			}
			result = idempotency.Refused
		}
		finalizing, cancel := delivery.Finalizing(ctx)
		defer cancel()
		if failed := c.ledger.ReleaseSequence(finalizing, lock, result); failed != nil && result == idempotency.Applied {
			// The sequence must be recorded; the next delivery of the event does it.
			return delivery.LedgerFault(failed, true)
		}
		return err
	}
}
