package consumer

import (
	"context"
	"errors"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/idempotency"
	"signalbox/shared/telemetry"
)

// recorded prevents the repetition of a Natural effect: it is looked up before
// and recorded after. Between the two it may be repeated, which does no harm.
func (c *consumer) recorded(next Handler[jsontext.Value]) Handler[jsontext.Value] {
	return func(ctx context.Context, e event.Raw) error {
		entry := c.entry(e)
		verdict, err := c.ledger.Find(ctx, entry)
		if err != nil {
			return ledgerFault(err, false)
		}
		if verdict != idempotency.Free {
			return known(verdict)
		}
		c.kill.reach(afterClaim)
		outcome := next(ctx, e)
		if !isDone(outcome) {
			return outcome
		}
		c.kill.reach(afterEffect)
		c.kill.reach(beforeComplete)
		settled, cancel := settling(ctx)
		defer cancel()
		verdict, err = c.ledger.Record(settled, entry, uuid.NewString())
		if err != nil {
			return ledgerFault(err, true)
		}
		c.kill.reach(afterComplete)
		if verdict != idempotency.Free {
			return known(verdict)
		}
		return outcome
	}
}

// claimed prevents the repetition of an Unsafe effect: the event is claimed
// before, and the claim is given up only as far as the effect's fate is known.
func (c *consumer) claimed(next Handler[jsontext.Value]) Handler[jsontext.Value] {
	return func(ctx context.Context, e event.Raw) error {
		entry, owner := c.entry(e), uuid.NewString()
		claim, err := c.ledger.Claim(ctx, entry, owner, deliveryOf(ctx).deadline, c.function.AskAfter)
		if err != nil {
			return ledgerFault(err, false)
		}
		switch claim.Verdict {
		case idempotency.Done, idempotency.Mismatch:
			return known(claim.Verdict)
		case idempotency.Busy:
			var wait time.Duration
			if !claim.Until.IsZero() {
				wait = claim.Until.Sub(c.now())
			}
			return fault.Retry("claimed", wait, errors.New("another delivery holds the event, or held it too lately to ask about it"))
		case idempotency.Uncertain:
			if wait := claim.Until.Sub(c.now()); !claim.Until.IsZero() && wait > 0 {
				_ = c.release(ctx, entry, owner, true)
				return fault.Retry("claimed", wait, errors.New("the effect of an earlier try cannot be asked about yet"))
			}
			ctx = Uncertain(ctx)
		}
		c.kill.reach(afterClaim)
		outcome := next(ctx, e)
		if !isDone(outcome) {
			// If the release fails, the lease ends by itself and the next claim is
			// uncertain, which is the safe side.
			_ = c.release(ctx, entry, owner, fault.Of(outcome).Ambiguous)
			return outcome
		}
		c.kill.reach(beforeComplete)
		settled, cancel := settling(ctx)
		defer cancel()
		if err := c.ledger.Complete(settled, entry, owner); err != nil {
			return ledgerFault(err, true)
		}
		c.kill.reach(afterComplete)
		return outcome
	}
}

func (c *consumer) release(ctx context.Context, e idempotency.Entry, owner string, mayExist bool) error {
	settled, cancel := settling(ctx)
	defer cancel()
	return c.ledger.Release(settled, e, owner, mayExist)
}

func (c *consumer) entry(e event.Raw) idempotency.Entry {
	entry := idempotency.Entry{
		Function: c.function.Name, EventID: e.ID, EventType: e.Type,
		CorrelationID: e.CorrelationID, CausationID: e.CausationID,
	}
	if !e.Refetched {
		entry.Hash = idempotency.Hash(e.Data)
	}
	return entry
}

// known is the outcome of an event the ledger has.
func known(v idempotency.Verdict) error {
	if v == idempotency.Mismatch {
		return &fault.Error{
			Kind: fault.Invalid, Reason: "payload-mismatch",
			Err: errors.New("another event was handled under the same id"),
		}
	}
	return &acknowledged{outcome: telemetry.Duplicate}
}
