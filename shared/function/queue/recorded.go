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

// recorded prevents the repetition of a Natural effect: it is looked up before
// and recorded after. Between the two it may be repeated, which is harmless.
func (c *consumer) recorded(next delivery.Handler) delivery.Handler {
	return func(ctx context.Context, e event.Raw) error {
		entry := c.entry(e)
		verdict, err := c.ledger.Find(ctx, entry)
		if err != nil {
			return delivery.LedgerFault(err, false)
		}
		if verdict != idempotency.Free {
			return known(verdict)
		}
		c.Kill.Reach(delivery.AfterClaim)
		outcome := next(ctx, e)
		if !delivery.IsDone(outcome) {
			return outcome
		}
		c.Kill.Reach(delivery.AfterEffect)
		c.Kill.Reach(delivery.BeforeComplete)
		settled, cancel := delivery.Finalizing(ctx)
		defer cancel()
		verdict, err = c.ledger.Record(settled, entry, uuid.NewString())
		if err != nil {
			return delivery.LedgerFault(err, true)
		}
		c.Kill.Reach(delivery.AfterComplete)
		if verdict != idempotency.Free {
			return known(verdict)
		}
		return outcome
	}
}

func (c *consumer) entry(e event.Raw) idempotency.Entry {
	entry := idempotency.Entry{
		Function: c.Function.Name, EventID: e.ID, EventType: e.Type,
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
	return &delivery.Acknowledged{Outcome: telemetry.Duplicate}
}
