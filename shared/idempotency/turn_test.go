package idempotency_test

import (
	"errors"
	"testing"
	"time"

	"signalbox/shared/idempotency"
)

func (l ledger) turn(owner string, sequence int64) idempotency.Turn {
	return idempotency.Turn{Function: "function", Subject: "subject", Sequence: sequence, Owner: owner, Lease: l.c.now().Add(lease)}
}

func (l ledger) enter(owner string, sequence int64, want idempotency.Place) (idempotency.Turn, time.Time) {
	l.t.Helper()
	turn := l.turn(owner, sequence)
	got, until, err := l.s.Enter(l.t.Context(), turn)
	if err != nil || got != want {
		l.t.Fatalf("enter %s at %d: %d, %v; want %d", owner, sequence, got, err, want)
	}
	return turn, until
}

func (l ledger) leave(turn idempotency.Turn, f idempotency.Fate, want error) {
	l.t.Helper()
	if err := l.s.Leave(l.t.Context(), turn, f); !errors.Is(err, want) {
		l.t.Fatalf("leave %s: %v, want %v", turn.Owner, err, want)
	}
}

var turns = map[string]func(l ledger){
	"one event of a subject at a time": func(l ledger) {
		first, _ := l.enter("one", 1, idempotency.Mine)
		if _, until := l.enter("two", 2, idempotency.Occupied); !until.Equal(start.Add(lease)) {
			l.t.Fatalf("until %s, want the lease's end", until)
		}
		l.leave(first, idempotency.Applied, nil)
		l.enter("two", 2, idempotency.Mine)
	},
	"an older event than the last applied has been passed": func(l ledger) {
		newer, _ := l.enter("one", 5, idempotency.Mine)
		l.leave(newer, idempotency.Applied, nil)
		l.enter("two", 4, idempotency.Passed)
		l.enter("three", 5, idempotency.Mine)
	},
	"an older event waits while the outcome of a newer one is open": func(l ledger) {
		l.enter("one", 5, idempotency.Mine)
		l.c.advance(lease)
		l.enter("two", 4, idempotency.Behind)
		l.c.advance(time.Hour)
		l.enter("two", 4, idempotency.Behind)
		again, _ := l.enter("three", 5, idempotency.Mine)
		l.leave(again, idempotency.Applied, nil)
		l.enter("two", 4, idempotency.Passed)
	},
	"a refused event leaves the subject as it was": func(l ledger) {
		first, _ := l.enter("one", 3, idempotency.Mine)
		l.leave(first, idempotency.Applied, nil)
		newer, _ := l.enter("two", 5, idempotency.Mine)
		l.leave(newer, idempotency.Refused, nil)
		l.enter("three", 2, idempotency.Passed)
		l.enter("three", 4, idempotency.Mine)
	},
	"who lost the turn changes nothing": func(l ledger) {
		late, _ := l.enter("one", 5, idempotency.Mine)
		l.c.advance(lease)
		l.enter("two", 6, idempotency.Mine)
		l.leave(late, idempotency.Applied, idempotency.ErrLost)
		l.enter("three", 7, idempotency.Occupied)
	},
	"a turn that was asked for twice is one": func(l ledger) {
		turn, _ := l.enter("one", 5, idempotency.Mine)
		l.enter("one", 5, idempotency.Mine)
		l.leave(turn, idempotency.Applied, nil)
	},
}

func TestTurnConformance(t *testing.T) {
	for sentence, test := range turns {
		t.Run(sentence, func(t *testing.T) {
			stores(t, func(t *testing.T, s idempotency.Store, c *clock) { test(ledger{t, s, c}) })
		})
	}
}
