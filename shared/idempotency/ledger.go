// Package idempotency is the ledger: which function has applied which event.
// It prevents repetition, and disorder among the events of one subject.
//
// # Repetition
//
// An effect that is harmless to repeat is recorded after it is made. One that
// is not is claimed before: a claim names a random owner and lasts until the
// owner's deadline, and only its owner completes or releases it. A claim that
// is left over, by a crash or a failure whose outcome nobody knows, stays as a
// record that the effect may exist; who claims next learns of it and looks for
// the effect before making it.
//
// # Disorder
//
// Of the events of one subject only one at a time is handled, none that is older
// than the last applied, and none that is older than one whose outcome is open.
//
// # Limits
//
// Records are kept for Retention. Expiry is compared in every condition and
// never left to the table's time-to-live, which may be days late. Leases compare
// the clocks of two Lambda hosts, which AWS keeps within milliseconds; a host
// whose clock is ahead by more than the rest of a lease could ask the vendor
// about an effect that is just being made.
package idempotency

import (
	"context"
	"errors"
	"time"

	"signalbox/shared/event"
)

// Retention is how long a record is kept: longer than the 14 days a message
// stays in a dead-letter queue plus as long again in the queue it is redriven to.
const Retention = 35 * 24 * time.Hour

// ErrLost is returned by Complete and Release if the claim belongs to another
// owner by now.
var ErrLost = errors.New("the claim has another owner")

// State is how far a record is.
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
	// Hash is that of the event's data; empty if two deliveries may differ in it.
	Hash string
}

// Key is the record's: "<function>#<event id>".
func (e Entry) Key() string { return e.Function + "#" + e.EventID }

// Record is what the ledger holds of an entry.
type Record struct {
	State State
	Owner string
	// Lease is until when the owner may be making the effect.
	Lease   time.Time
	Hash    string
	Expires time.Time
}

// matches reports whether the record is of the same data as the entry.
func (r Record) matches(e Entry) bool {
	return r.Hash == "" || e.Hash == "" || r.Hash == e.Hash
}

// Verdict is what a claim or a look into the ledger says.
type Verdict int

const (
	// Free: nothing is known of the event. After Claim, it is the owner's.
	Free Verdict = iota
	// Uncertain: the event is the owner's, and the effect may exist already.
	Uncertain
	// Busy: another owner is making the effect, or may have until lately.
	Busy
	// Done: the effect was made and recorded.
	Done
	// Mismatch: the ledger has another event's data under the same id.
	Mismatch
)

// Claim is the answer to a claim.
type Claim struct {
	Verdict Verdict
	// Until is when it is worth coming back, if Busy and the owner's lease has
	// ended, zero while it lasts; and from when on the effect may be looked up, if
	// Uncertain.
	Until time.Time
}

// Turn is one event's place among the events of its subject.
type Turn struct {
	Function string
	Subject  string
	Sequence int64
	Owner    string
	// Lease is until when the owner may be handling the event.
	Lease time.Time
}

// Key is the record's: "<function>#subject#<subject>".
func (t Turn) Key() string { return t.Function + "#subject#" + t.Subject }

// Place is the answer to Enter.
type Place int

const (
	// Mine: no other event of the subject is handled until Leave or the lease's end.
	Mine Place = iota
	// Occupied: another one is being handled.
	Occupied
	// Behind: the outcome of a newer one is open.
	Behind
	// Passed: a newer one was applied.
	Passed
)

// Fate is how a turn ended.
type Fate int

const (
	// Applied: the subject is now at the turn's sequence.
	Applied Fate = iota
	// Refused: the turn certainly changed nothing.
	Refused
)

// Store is a ledger. It is safe for concurrent use by any number of processes.
// An error of any method means that the ledger could not be asked; what was to
// be written may or may not be.
type Store interface {
	// Find says whether the entry is Done, Free or a Mismatch, by a read that
	// sees every write before it.
	Find(ctx context.Context, e Entry) (Verdict, error)
	// Record notes that the entry's effect is made, for effects that are harmless
	// to repeat. It returns Free if this call noted it, Done if another did.
	Record(ctx context.Context, e Entry, owner string) (Verdict, error)

	// Claim makes the entry the owner's until the lease ends. A left-over claim
	// is given away settle after its lease ended.
	Claim(ctx context.Context, e Entry, owner string, lease time.Time, settle time.Duration) (Claim, error)
	// Complete notes that the claimed entry's effect is made, or returns ErrLost.
	Complete(ctx context.Context, e Entry, owner string) error
	// Release ends the claim now, or returns ErrLost. If the effect may exist the
	// record stays and the next claim is Uncertain; else it is gone.
	Release(ctx context.Context, e Entry, owner string, mayExist bool) error

	// Enter asks for the turn.
	Enter(ctx context.Context, t Turn) (Place, time.Time, error)
	// Leave ends it. It is not called for a turn whose outcome is unknown, which
	// then keeps older events out until it is tried again.
	Leave(ctx context.Context, t Turn, f Fate) error
}

// judge is the one place that decides about a claim that finds a record.
func judge(found Record, exists bool, e Entry, owner string, now time.Time, settle time.Duration) Claim {
	switch {
	case !exists || found.State == Completed && !now.Before(found.Expires):
		return Claim{Verdict: Free}
	case found.Owner == owner && found.State == InProgress:
		// Our own write, whose answer was lost and which was sent again. What it
		// replaced is not known, so it counts as uncertain from now on.
		return Claim{Verdict: Uncertain, Until: now.Add(settle)}
	case !found.matches(e):
		return Claim{Verdict: Mismatch}
	case found.State == Completed:
		return Claim{Verdict: Done}
	case now.Before(found.Lease):
		// The owner is at work and will most likely be done soon.
		return Claim{Verdict: Busy}
	case now.Before(found.Lease.Add(settle)):
		return Claim{Verdict: Busy, Until: found.Lease.Add(settle)}
	default:
		return Claim{Verdict: Uncertain}
	}
}

// place is the one place that decides about a turn.
func place(s subject, t Turn, now time.Time) (Place, time.Time) {
	switch {
	case t.Sequence < s.applied:
		return Passed, time.Time{}
	case s.owner != "" && s.owner != t.Owner && now.Before(s.lease):
		return Occupied, s.lease
	case t.Sequence < s.pending:
		return Behind, time.Time{}
	}
	return Mine, time.Time{}
}

// subject is what the ledger holds of one subject.
type subject struct {
	// applied is the sequence of the last event applied, pending that of a turn
	// that has not ended.
	applied, pending int64
	owner            string
	lease            time.Time
}
