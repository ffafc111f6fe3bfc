package main

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
)

type notes interface {
	Note(ctx context.Context, subject string) (function.Note, error)
	SwapNote(ctx context.Context, subject string, old function.Note, text string) (bool, error)
}

// shared is what is noted of an order: who books which part of what went back.
type shared struct {
	Currency       string  `json:"currency"`
	FractionDigits int     `json:"fractionDigits"`
	Shares         []share `json:"shares"`
}

// share is the part from the sum before to the event's own sum. Shares do not
// overlap, so they add up to the largest sum that was told.
type share struct {
	Event string `json:"event"`
	From  int64  `json:"from"`
	To    int64  `json:"to"`
}

// take gives the event its share of what went back of the order: what no other
// event has taken. The share is noted for good before anything is booked, in a
// write that only succeeds in place of the note it was decided by; from then on
// it is this event's alone to book. It tells too whether the event had its share
// already, so that an earlier try may have booked it, however long ago.
func (h handler) take(ctx context.Context, e event.Event[retail.OrderRefunded]) (s share, before bool, err error) {
	for ctx.Err() == nil {
		note, was, err := h.read(ctx, e.Data)
		if err != nil {
			return share{}, false, err
		}
		mine := share{Event: e.ID, To: e.Data.Refunded.Amount}
		for _, s := range was.Shares {
			if s.Event == e.ID {
				return s, true, nil
			}
			mine.From = max(mine.From, s.To)
		}
		if mine.To <= mine.From {
			return share{}, false, function.Ignore("refund-booked")
		}
		was.Shares = append(was.Shares, mine)
		text, err := json.Marshal(was)
		if err != nil {
			return share{}, false, fault.Refuse("note", errors.New("the note cannot be encoded"))
		}
		switch ok, err := h.notes.SwapNote(ctx, e.Data.OrderID, note, string(text)); {
		case err != nil:
			return share{}, false, err
		case ok:
			return mine, false, nil
		}
	}
	return share{}, false, fault.Retry("deadline", 0, errors.New("others changed the note all the time"))
}

func (h handler) read(ctx context.Context, data retail.OrderRefunded) (function.Note, shared, error) {
	was := shared{Currency: data.Refunded.Currency, FractionDigits: data.Refunded.FractionDigits}
	note, err := h.notes.Note(ctx, data.OrderID)
	if err != nil || note.Text == "" {
		return note, was, err
	}
	var noted shared
	if json.Unmarshal([]byte(note.Text), &noted) != nil {
		return note, was, fault.Refuse("note", errors.New("the note of the order cannot be read"))
	}
	if noted.Currency != was.Currency || noted.FractionDigits != was.FractionDigits {
		return note, was, fault.Refuse("finance-currency", errors.New("an earlier refund of the order is in another currency or minor unit"))
	}
	return note, noted, nil
}
