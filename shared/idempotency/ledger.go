// Package idempotency is the ledger: it records which function has applied which
// event, and keeps the events of one subject in order.
//
//	ledger := idempotency.NewDynamoDB(client, "signalbox-dev-ledger", time.Now)
//	claim, err := ledger.Claim(ctx, entry, owner, deadline, grace)
//	switch claim.Verdict {
//	case idempotency.Free:
//		err = makeEffect(ctx)
//	case idempotency.Uncertain:
//		err = lookUpOrMakeEffect(ctx) // an earlier attempt may have made it
//	case idempotency.Done:
//		return nil // a duplicate
//	}
//	err = ledger.Complete(ctx, entry, owner)
//
// # Duplicates
//
// A natural effect, which can be repeated, is recorded after it is made. An unsafe
// effect is claimed first: a claim has a random owner and a lease until the owner's
// deadline, and only its owner completes or releases it. After a crash or an
// ambiguous failure the claim stays, as a record that the effect may exist. The next
// claim is Uncertain: look up the effect before you make it.
//
// # Order
//
// A sequence lock allows only one event of a subject at a time, no event older than
// the last applied one, and none older than one whose outcome is open.
//
// # Limits
//
// Records are kept for Retention. Every condition compares the expiry, because the
// table's time-to-live may be days late. Leases compare the clocks of two Lambda
// hosts, which AWS keeps within milliseconds. A host whose clock is ahead by more
// than the rest of a lease could look up an effect that is being made.
package idempotency

import (
	"context"
	"errors"
	"time"

	"signalbox/shared/event"
)

// Retention is how long a record is kept: longer than 14 days in a dead-letter queue
// plus 14 days in the queue to which a message is redriven.
const Retention = 35 * 24 * time.Hour

// ErrLost is returned by Complete, Release and ReleaseSequence if another owner has
// the claim or the lock now.
var ErrLost = errors.New("the claim has another owner")

// State is the progress of a record.
type State string

// The states.
const (
	InProgress State = "INPROGRESS"
	Completed  State = "COMPLETED"
)

// Entry is one event at one function.
type Entry struct {
	Function      string
	EventID       string
	EventType     event.Type
	CorrelationID string
	CausationID   string
	// Hash is the hash of the event's data; empty if two deliveries may have
	// different data.
	Hash string
}

// Key is the key of the record: "<function>#<event id>".
func (e Entry) Key() string { return e.Function + "#" + e.EventID }

// Record is the ledger's record of an entry.
type Record struct {
	State State
	Owner string
	// Lease is the time until which the owner may be making the effect.
	Lease   time.Time
	Hash    string
	Expires time.Time
}

// matches reports whether the record is of the same data as the entry.
func (r Record) matches(e Entry) bool {
	return r.Hash == "" || e.Hash == "" || r.Hash == e.Hash
}

// Verdict is the result of a claim or a look-up.
type Verdict int

const (
	// Free: the ledger has no record of the event. After Claim, the owner has it.
	Free Verdict = iota
	// Uncertain: the owner has the event, and the effect may exist already.
	Uncertain
	// Busy: another owner is making the effect, or its lease ended so recently that
	// the effect cannot be looked up yet.
	Busy
	// Done: the effect was made and recorded.
	Done
	// Mismatch: the ledger has another event's data under the same id.
	Mismatch
)

// Claim is the answer to a claim.
type Claim struct {
	Verdict Verdict
	// Until is the time of the next useful attempt, if Busy and the owner's lease has
	// ended; zero during the lease. If Uncertain, it is the time from which the effect
	// can be looked up.
	Until time.Time
}

// SequenceLock allows one event of a subject to be handled.
type SequenceLock struct {
	Function string
	Subject  string
	Sequence int64
	Owner    string
	// Lease is the time until which the owner may be handling the event.
	Lease time.Time
}

// Key is the key of the record: "<function>#subject#<subject>".
func (l SequenceLock) Key() string { return l.Function + "#subject#" + l.Subject }

// SequenceVerdict is the result of AcquireSequence.
type SequenceVerdict int

const (
	// Acquired: no other event of the subject is handled until ReleaseSequence or the
	// end of the lease.
	Acquired SequenceVerdict = iota
	// Locked: another event of the subject is being handled.
	Locked
	// Behind: the outcome of a newer event is open.
	Behind
	// Stale: a newer event was applied.
	Stale
)

// Result is the outcome of the event that had a sequence lock.
type Result int

const (
	// Applied: the subject is now at the event's sequence.
	Applied Result = iota
	// Refused: the event certainly changed nothing.
	Refused
)

// Store is a ledger. It is safe for concurrent use by any number of processes.
// After an error of any method a write may or may not have been made.
type Store interface {
	// Find reports whether the entry is Done, Free or a Mismatch. It sees every
	// earlier write.
	Find(ctx context.Context, e Entry) (Verdict, error)
	// Record records that the entry's natural effect is made. It returns Free if this
	// call recorded it, Done if it was recorded before.
	Record(ctx context.Context, e Entry, owner string) (Verdict, error)

	// Claim claims the entry for the owner until the lease ends. A claim that was
	// neither completed nor released can be claimed again when grace has passed since
	// the end of its lease.
	Claim(ctx context.Context, e Entry, owner string, lease time.Time, grace time.Duration) (Claim, error)
	// Complete records that the claimed entry's effect is made, or returns ErrLost.
	Complete(ctx context.Context, e Entry, owner string) error
	// Release ends the claim now, or returns ErrLost. If the effect may exist, the
	// record stays and the next claim is Uncertain; else the record is deleted.
	Release(ctx context.Context, e Entry, owner string, mayExist bool) error

	// AcquireSequence acquires the lock. If it is Locked, the time is the end of the
	// other lease.
	AcquireSequence(ctx context.Context, l SequenceLock) (SequenceVerdict, time.Time, error)
	// ReleaseSequence releases the lock, or returns ErrLost. It is not called for an
	// event whose outcome is unknown: until that event is retried, older events are
	// Behind.
	ReleaseSequence(ctx context.Context, l SequenceLock, r Result) error
}

// judge decides about a claim, from the record that it finds.
func judge(found Record, exists bool, e Entry, owner string, now time.Time, grace time.Duration) Claim {
	switch {
	case !exists || found.State == Completed && !now.Before(found.Expires):
		return Claim{Verdict: Free}
	case found.Owner == owner && found.State == InProgress:
		// The SDK repeated our own write after its answer was lost. The record that it
		// replaced is unknown, so the claim is uncertain from now on.
		return Claim{Verdict: Uncertain, Until: now.Add(grace)}
	case !found.matches(e):
		return Claim{Verdict: Mismatch}
	case found.State == Completed:
		return Claim{Verdict: Done}
	case now.Before(found.Lease):
		// The owner is making the effect and will most likely complete it soon.
		return Claim{Verdict: Busy}
	case now.Before(found.Lease.Add(grace)):
		return Claim{Verdict: Busy, Until: found.Lease.Add(grace)}
	default:
		return Claim{Verdict: Uncertain}
	}
}

// judgeSequence decides about a sequence lock.
func judgeSequence(s subject, l SequenceLock, now time.Time) (SequenceVerdict, time.Time) {
	switch {
	case l.Sequence < s.applied:
		return Stale, time.Time{}
	case s.owner != "" && s.owner != l.Owner && now.Before(s.lease):
		return Locked, s.lease
	case l.Sequence < s.pending:
		return Behind, time.Time{}
	}
	return Acquired, time.Time{}
}

// subject is the ledger's record of one subject.
type subject struct {
	// applied is the sequence of the last applied event, pending that of an event
	// whose lock was not released.
	applied, pending int64
	owner            string
	lease            time.Time
}
