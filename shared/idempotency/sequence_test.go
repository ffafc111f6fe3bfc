package idempotency_test

import (
	"errors"
	"testing"
	"time"

	"signalbox/shared/idempotency"
)

func (l ledger) lock(owner string, sequence int64) idempotency.SequenceLock {
	return idempotency.SequenceLock{Function: "function", Subject: "subject", Sequence: sequence, Owner: owner, Lease: l.c.now().Add(lease)}
}

func (l ledger) acquire(owner string, sequence int64, want idempotency.SequenceVerdict) (idempotency.SequenceLock, time.Time) {
	l.t.Helper()
	lock := l.lock(owner, sequence)
	got, until, err := l.s.AcquireSequence(l.t.Context(), lock)
	if err != nil || got != want {
		l.t.Fatalf("acquire the lock for %s at %d: %d, %v; want %d", owner, sequence, got, err, want)
	}
	return lock, until
}

func (l ledger) releaseSequence(lock idempotency.SequenceLock, r idempotency.Result, want error) {
	l.t.Helper()
	if err := l.s.ReleaseSequence(l.t.Context(), lock, r); !errors.Is(err, want) {
		l.t.Fatalf("release the lock of %s: %v, want %v", lock.Owner, err, want)
	}
}

var sequenceLocks = map[string]func(l ledger){
	"one event of a subject at a time": func(l ledger) {
		first, _ := l.acquire("one", 1, idempotency.Acquired)
		if _, until := l.acquire("two", 2, idempotency.Locked); !until.Equal(start.Add(lease)) {
			l.t.Fatalf("until %s, want the lease's end", until)
		}
		l.releaseSequence(first, idempotency.Applied, nil)
		l.acquire("two", 2, idempotency.Acquired)
	},
	"an older event than the last applied is stale": func(l ledger) {
		newer, _ := l.acquire("one", 5, idempotency.Acquired)
		l.releaseSequence(newer, idempotency.Applied, nil)
		l.acquire("two", 4, idempotency.Stale)
		l.acquire("three", 5, idempotency.Acquired)
	},
	"an older event waits while the outcome of a newer one is open": func(l ledger) {
		l.acquire("one", 5, idempotency.Acquired)
		l.c.advance(lease)
		l.acquire("two", 4, idempotency.Behind)
		l.c.advance(time.Hour)
		l.acquire("two", 4, idempotency.Behind)
		again, _ := l.acquire("three", 5, idempotency.Acquired)
		l.releaseSequence(again, idempotency.Applied, nil)
		l.acquire("two", 4, idempotency.Stale)
	},
	"a refused event leaves the subject as it was": func(l ledger) {
		first, _ := l.acquire("one", 3, idempotency.Acquired)
		l.releaseSequence(first, idempotency.Applied, nil)
		newer, _ := l.acquire("two", 5, idempotency.Acquired)
		l.releaseSequence(newer, idempotency.Refused, nil)
		l.acquire("three", 2, idempotency.Stale)
		l.acquire("three", 4, idempotency.Acquired)
	},
	"an owner that lost the lock changes nothing": func(l ledger) {
		late, _ := l.acquire("one", 5, idempotency.Acquired)
		l.c.advance(lease)
		l.acquire("two", 6, idempotency.Acquired)
		l.releaseSequence(late, idempotency.Applied, idempotency.ErrLost)
		l.acquire("three", 7, idempotency.Locked)
	},
	"a lock can be acquired twice by its owner": func(l ledger) {
		lock, _ := l.acquire("one", 5, idempotency.Acquired)
		l.acquire("one", 5, idempotency.Acquired)
		l.releaseSequence(lock, idempotency.Applied, nil)
	},
}

func TestSequenceLockConformance(t *testing.T) {
	for sentence, test := range sequenceLocks {
		t.Run(sentence, func(t *testing.T) {
			stores(t, func(t *testing.T, s idempotency.Store, c *clock) { test(ledger{t, s, c}) })
		})
	}
}
