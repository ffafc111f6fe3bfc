package queue

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/idempotency"
)

// brokenLedger fails the named operations.
type brokenLedger struct {
	idempotency.Store
	broken []string
}

func (b *brokenLedger) fails(operation string) error {
	if slices.Contains(b.broken, operation) {
		return errors.New("throttled")
	}
	return nil
}

func (b *brokenLedger) Find(ctx context.Context, e idempotency.Entry) (idempotency.Verdict, error) {
	if err := b.fails("find"); err != nil {
		return 0, err
	}
	return b.Store.Find(ctx, e)
}

func (b *brokenLedger) Record(ctx context.Context, e idempotency.Entry, owner string) (idempotency.Verdict, error) {
	if err := b.fails("record"); err != nil {
		return 0, err
	}
	return b.Store.Record(ctx, e, owner)
}

func (b *brokenLedger) Claim(ctx context.Context, e idempotency.Entry, owner string, lease time.Time, settle time.Duration) (idempotency.Claim, error) {
	if err := b.fails("claim"); err != nil {
		return idempotency.Claim{}, err
	}
	return b.Store.Claim(ctx, e, owner, lease, settle)
}

func (b *brokenLedger) Complete(ctx context.Context, e idempotency.Entry, owner string) error {
	if err := b.fails("complete"); err != nil {
		return err
	}
	return b.Store.Complete(ctx, e, owner)
}

func TestLedgerThatDoesNotAnswerLosesNothing(t *testing.T) {
	for operation, effects := range map[string]int{"find": 0, "record": 1, "claim": 0, "complete": 1} {
		t.Run(operation, func(t *testing.T) {
			nature := catalog.Effect(catalog.Natural{})
			if operation == "claim" || operation == "complete" {
				nature = catalog.Unsafe{}
			}
			made := 0
			f := newFixture(catalog.Function{Effect: nature}, func(context.Context, event.Event[retail.OrderCreated]) error { made++; return nil })
			f.ledger = &brokenLedger{f.memory, []string{operation}}
			if failed := deliver(t, f, sqsEvent(t, message{id: "m", body: onBus(t, order(t, "1"))})); len(failed) != 1 || made != effects {
				t.Errorf("failed %v, effects %d; want the record back after %d", failed, made, effects)
			}
		})
	}
}

func TestOtherDataUnderAnIDIsInvalid(t *testing.T) {
	for _, nature := range []catalog.Effect{catalog.Natural{}, catalog.Unsafe{}} {
		t.Run(nature.String(), func(t *testing.T) {
			f := newFixture(catalog.Function{Effect: nature}, nothing)
			body := onBus(t, order(t, "1"))
			deliver(t, f, sqsEvent(t, message{id: "a", body: body}))
			deliver(t, f, sqsEvent(t, message{id: "b", body: strings.Replace(body, "Lovelace", "Byron", 1)}))
			if len(f.queue.Sent) != 1 || f.queue.Attribute(0, "reason") != "payload-mismatch" || f.queue.Attribute(0, "fault") != "invalid" {
				t.Errorf("%d dead letters, want one payload-mismatch\n%s", len(f.queue.Sent), f.output)
			}
			refetched := order(t, "1")
			refetched.Refetched = true
			if failed := deliver(t, f, sqsEvent(t, message{id: "c", body: strings.Replace(onBus(t, refetched), "Lovelace", "Byron", 1)})); failed != nil || len(f.queue.Sent) != 1 {
				t.Errorf("data read anew is no mismatch: failed %v, %d dead letters", failed, len(f.queue.Sent))
			}
		})
	}
}
