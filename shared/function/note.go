package function

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"signalbox/shared/fault"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/idempotency"
)

// Note is a short text that a function keeps of a subject in the ledger, for
// what a single event does not tell: whether a SKU is low already.
type Note struct {
	Text string
	// Revision is of the ledger; a handler hands it back as it came.
	Revision int64
}

// Note returns what the function keeps of the subject; a subject that it keeps
// nothing of has no text. A failure is Retryable.
func (e Env) Note(ctx context.Context, subject string) (Note, error) {
	n, err := e.notes.Note(ctx, idempotency.NoteKey(e.Function.Name, subject))
	if err != nil {
		return Note{}, delivery.LedgerFault(err, false)
	}
	return Note(n), nil
}

// SwapNote writes text in place of old, for good. It returns false, and nothing
// is written, if the note is not old any more: whoever gets false reads again. A
// failure is Retryable and ambiguous.
func (e Env) SwapNote(ctx context.Context, subject string, old Note, text string) (bool, error) {
	return e.swap(ctx, subject, old, text, 0)
}

// SharedNote returns what the functions of a scope keep of the subject together,
// for what two functions must agree on and no event can tell in time: whether an
// order that is about to ship was called off. A scope is no function's name. A
// failure is Retryable.
func (e Env) SharedNote(ctx context.Context, scope, subject string) (Note, error) {
	n, err := e.notes.Note(ctx, idempotency.NoteKey(scope, subject))
	if err != nil {
		return Note{}, delivery.LedgerFault(err, false)
	}
	return Note(n), nil
}

// SwapSharedNote does with a scope's note what SwapNote does with a function's,
// and keeps it for the given time.
func (e Env) SwapSharedNote(ctx context.Context, scope, subject string, old Note, text string, keep time.Duration) (bool, error) {
	ok, err := e.notes.Swap(ctx, idempotency.NoteKey(scope, subject), idempotency.Note(old), text, keep)
	if err != nil {
		return false, delivery.LedgerFault(err, true)
	}
	return ok, nil
}

// SwapNoteFor is SwapNote of a text that is kept for the given time and then
// forgotten: what only a repetition soon after needs.
func (e Env) SwapNoteFor(ctx context.Context, subject string, old Note, text string, keep time.Duration) (bool, error) {
	return e.swap(ctx, subject, old, text, keep)
}

func (e Env) swap(ctx context.Context, subject string, old Note, text string, keep time.Duration) (bool, error) {
	ok, err := e.notes.Swap(ctx, idempotency.NoteKey(e.Function.Name, subject), idempotency.Note(old), text, keep)
	if err != nil {
		return false, delivery.LedgerFault(err, true)
	}
	return ok, nil
}

// SharedNotes are notes of several functions in common, under the name of what
// they are about. See Env.Note and Env.SwapNote for what the methods do.
type SharedNotes struct {
	env  Env
	name string
}

// SharedNotes returns the notes of that name. The name is none of a function's.
func (e Env) SharedNotes(name string) SharedNotes { return SharedNotes{e, name} }

// Note returns what is kept of the subject.
func (s SharedNotes) Note(ctx context.Context, subject string) (Note, error) {
	return s.own().Note(ctx, subject)
}

// SwapNote writes text in place of old.
func (s SharedNotes) SwapNote(ctx context.Context, subject string, old Note, text string) (bool, error) {
	return s.own().SwapNote(ctx, subject, old, text)
}

func (s SharedNotes) own() Env {
	e := s.env
	e.Function.Name = s.name
	return e
}

// Number returns the number of the event in the function's own series, for
// partners who want numbers instead of ids: the same for every delivery of the
// event within idempotency.Retention, another one for every other event, from 1
// to most and then from 1 again. Numbers may be left out. A failure is Retryable.
func (e Env) Number(ctx context.Context, eventID string, most int64) (int64, error) {
	subject := "number#" + eventID
	for {
		assigned, err := e.Note(ctx, subject)
		if err != nil {
			return 0, err
		}
		if assigned.Text != "" {
			return number(assigned.Text, most)
		}
		next, err := e.draw(ctx, most)
		if err != nil {
			return 0, err
		}
		ok, err := e.swap(ctx, subject, assigned, strconv.FormatInt(next, 10), idempotency.Retention)
		if err != nil {
			return 0, err
		}
		if ok {
			return next, nil
		}
	}
}

// draw takes the next number of the series.
func (e Env) draw(ctx context.Context, most int64) (int64, error) {
	const subject = "number"
	for {
		last, err := e.Note(ctx, subject)
		if err != nil {
			return 0, err
		}
		next := int64(1)
		if last.Text != "" {
			if next, err = number(last.Text, most); err != nil {
				return 0, err
			}
			next = next%most + 1
		}
		ok, err := e.SwapNote(ctx, subject, last, strconv.FormatInt(next, 10))
		if err != nil || ok {
			return next, err
		}
		if err := breathe(ctx); err != nil {
			return 0, err
		}
	}
}

// breathe lets another writer of the same note go first.
func breathe(ctx context.Context) error {
	timer := time.NewTimer(time.Millisecond + rand.N(10*time.Millisecond))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fault.Retry("deadline", 0, errors.New("others wrote the same note all the time"))
	case <-timer.C:
		return nil
	}
}

func number(text string, most int64) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > most {
		return 0, fault.Refuse("note", errors.New("the note holds no number of the series"))
	}
	return n, nil
}
