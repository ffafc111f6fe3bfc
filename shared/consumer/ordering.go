package consumer

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/idempotency"
	"signalbox/shared/telemetry"
)

// inOrder lets one event of a subject through at a time and none that is older
// than the last applied. An older one waits while the outcome of a newer one is
// open.
func (c *consumer) inOrder(next Handler[jsontext.Value]) Handler[jsontext.Value] {
	return func(ctx context.Context, e event.Raw) error {
		switch {
		case e.Subject == "":
			return fault.Field("subject", "a non-empty string")
		case e.Sequence < 1:
			return fault.Field("sequence", "a whole number above 0")
		}
		turn := idempotency.Turn{
			Function: c.function.SequenceOrOwn(), Subject: e.Subject, Sequence: e.Sequence,
			Owner: uuid.NewString(), Lease: deliveryOf(ctx).deadline,
		}
		place, until, err := c.ledger.Enter(ctx, turn)
		if err != nil {
			return ledgerFault(err, false)
		}
		switch place {
		case idempotency.Passed:
			return &acknowledged{outcome: telemetry.Stale}
		case idempotency.Occupied:
			return fault.Retry("subject-busy", until.Sub(c.now()), errors.New("another event of the subject is being handled"))
		case idempotency.Behind:
			return fault.Retry("subject-behind", 0, errors.New("the outcome of a newer event of the subject is open"))
		}
		err = next(ctx, e)
		fate := idempotency.Applied
		if !isDone(err) {
			if fault.Of(err).Ambiguous {
				return err
			}
			fate = idempotency.Refused
		}
		settled, cancel := settling(ctx)
		defer cancel()
		if failed := c.ledger.Leave(settled, turn, fate); failed != nil && fate == idempotency.Applied {
			// The subject must learn how far it is; the event, then a duplicate, tells it.
			return ledgerFault(failed, true)
		}
		return err
	}
}

// ledgerFault is what it means that the ledger did not answer.
func ledgerFault(err error, afterEffect bool) error {
	if afterEffect {
		return fault.Unknown("ledger", 0, err)
	}
	return fault.Retry("ledger", 0, err)
}
