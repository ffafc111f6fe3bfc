package queue

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/idempotency"
)

// claimed prevents the repetition of an Unsafe effect: the event is claimed
// before, and the claim is given up only as far as the effect's fate is known.
func (c *consumer) claimed(next delivery.Handler) delivery.Handler {
	return func(ctx context.Context, e event.Raw) error {
		entry, owner := c.entry(e), uuid.NewString()
		claim, err := c.ledger.Claim(ctx, entry, owner, delivery.Of(ctx).Lease, c.Function.AskAfter())
		if err != nil {
			return delivery.LedgerFault(err, false)
		}
		switch claim.Verdict {
		case idempotency.Done, idempotency.Mismatch:
			return known(claim.Verdict)
		case idempotency.Busy:
			var wait time.Duration
			if !claim.Until.IsZero() {
				wait = claim.Until.Sub(c.Now())
			}
			return fault.Retry("claimed", wait, errors.New("event is claimed by another delivery, or its outcome cannot be looked up yet"))
		case idempotency.Uncertain:
			if wait := claim.Until.Sub(c.Now()); !claim.Until.IsZero() && wait > 0 {
				_ = c.release(ctx, entry, owner, true)
				return fault.Retry("claimed", wait, errors.New("the effect of an earlier try cannot be looked up yet"))
			}
			ctx = Uncertain(ctx)
		}
		c.Kill.Reach(delivery.AfterClaim)
		outcome := next(ctx, e)
		if !delivery.IsDone(outcome) {
			// If the release fails, the lease ends by itself and the next claim is
			// uncertain, which is the safe side.
			_ = c.release(ctx, entry, owner, fault.Of(outcome).Ambiguous)
			return outcome
		}
		c.Kill.Reach(delivery.BeforeComplete)
		settled, cancel := delivery.Finalizing(ctx)
		defer cancel()
		if err := c.ledger.Complete(settled, entry, owner); err != nil {
			return delivery.LedgerFault(err, true)
		}
		c.Kill.Reach(delivery.AfterComplete)
		return outcome
	}
}

func (c *consumer) release(ctx context.Context, e idempotency.Entry, owner string, mayExist bool) error {
	settled, cancel := delivery.Finalizing(ctx)
	defer cancel()
	return c.ledger.Release(settled, e, owner, mayExist)
}
