// Package demand counts what is sold of a SKU and judges it by what there is: the
// share of both that was sold within a window is slow, normal or high. Several
// functions count in one note per SKU, so each kind of event that says something
// about demand has a function of its own.
//
// # Delivery
//
// An order is counted once and a level taken in once, in whatever order and how
// often they come: the note remembers orders by name and levels by version, and is
// only ever replaced by what follows from it. A change of class is noted together
// with the count that brought it, then told and struck off; whoever is broken off
// in between tells it again when its event comes again, as the same event.
//
// # Time
//
// The clock is that of the events: the window ends with the newest event of the
// SKU. So time alone changes nothing. That demand fell shows with the next stock
// event of the SKU, and commercetools sends those for every count of stock.
//
// # Limits
//
// A note has at most 40 KB: 744 hours, 1,000 orders by name, 100 inventory
// entries. All orders of a SKU write one note, some tens a second; who finds
// it written by others for too long goes back to the queue.
package demand

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
)

// Name is that of the notes.
const Name = "demand"

// attempts is how often a note that others write is read again.
const attempts = 25

// Notes hold the tallies; function.SharedNotes are such.
type Notes interface {
	Note(ctx context.Context, subject string) (function.Note, error)
	SwapNote(ctx context.Context, subject string, old function.Note, text string) (bool, error)
}

// Book counts for one function.
type Book struct {
	Function string
	Rules    Rules
	Notes    Notes
	Emit     func(context.Context, event.Header, ...event.Payload) error
	// Now is the clock. What claims to be of the future is taken to be of now, or
	// one wrong date would put every order after it out of the window.
	Now func() time.Time
}

// Order counts pieces of a SKU in an order, once and if it is within the window,
// and tells demand.changed if that changes the class. It returns whether it told
// that of this event. Errors are Retryable, save for a note that cannot be read.
func (b Book) Order(ctx context.Context, cause event.Header, sku, order string, at time.Time, pieces int64) (bool, error) {
	return b.write(ctx, cause, sku, at, func(t *tally, at time.Time) { t.order(b.Rules, order, at, pieces) })
}

// Level takes a level in, unless a newer one of the entry was, and tells
// demand.changed if that, or the time that went by, changes the class. It returns
// whether it told that of this event. Errors are as those of Order.
func (b Book) Level(ctx context.Context, cause event.Header, l retail.InventoryChanged) (bool, error) {
	return b.write(ctx, cause, l.Level.SKU, cause.Time, func(t *tally, at time.Time) { t.level(b.Rules, l, at) })
}

func (b Book) write(ctx context.Context, cause event.Header, sku string, at time.Time, take func(*tally, time.Time)) (bool, error) {
	if now := b.Now(); at.After(now) {
		at = now
	}
	told := false
	for range attempts {
		note, t, err := b.read(ctx, sku)
		if err != nil {
			return told, err
		}
		before := note.Text
		if due, ok := t.Owed[b.Function]; ok {
			if err := b.tell(ctx, due); err != nil {
				return told, err
			}
			told = told || due.ID == cause.ID
			if delete(t.Owed, b.Function); len(t.Owed) == 0 {
				t.Owed = nil
			}
		} else {
			take(&t, at)
			if changed, ok := t.judge(b.Rules, sku, at); ok {
				if t.Owed == nil {
					t.Owed = map[string]owed{}
				}
				t.Owed[b.Function] = owed{ID: cause.ID, CorrelationID: cause.CorrelationID, Hop: cause.Hop, TraceParent: cause.TraceParent, Changed: changed}
			}
		}
		text, err := json.Marshal(t, json.Deterministic(true))
		if err != nil {
			return told, fault.Refuse("note", errors.New("the note cannot be encoded"))
		}
		if string(text) == before {
			return told, nil
		}
		ok, err := b.Notes.SwapNote(ctx, sku, note, string(text))
		if err != nil {
			return told, err
		}
		if !ok {
			if err := pause(ctx); err != nil {
				return told, err
			}
		}
	}
	return told, fault.Retry("contention", 0, errors.New("others wrote the note of the SKU all the time"))
}

func (b Book) read(ctx context.Context, sku string) (function.Note, tally, error) {
	var t tally
	note, err := b.Notes.Note(ctx, sku)
	if err != nil || note.Text == "" {
		return note, t, err
	}
	if json.Unmarshal([]byte(note.Text), &t) != nil {
		return note, t, fault.Refuse("note", errors.New("the note of the SKU's demand cannot be read"))
	}
	return note, t, nil
}

func (b Book) tell(ctx context.Context, due owed) error {
	return b.Emit(ctx, event.Header{ID: due.ID, CorrelationID: due.CorrelationID, Hop: due.Hop, TraceParent: due.TraceParent}, due.Changed)
}

// pause lets another writer of the same note go first.
func pause(ctx context.Context) error {
	timer := time.NewTimer(time.Millisecond + rand.N(20*time.Millisecond))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fault.Retry("deadline", 0, errors.New("others wrote the note of the SKU all the time"))
	case <-timer.C:
		return nil
	}
}
