package main

import (
	"context"
	"errors"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
)

// refunded is the state of an order: which event books which part of what went back.
type refunded struct {
	Currency       string  `json:"currency"`
	FractionDigits int     `json:"fractionDigits"`
	Shares         []share `json:"shares"`
}

// share is the part from the sum before to the event's own sum. Shares do not
// overlap, so they add up to the largest sum of all events.
type share struct {
	Event string `json:"event"`
	From  int64  `json:"from"`
	To    int64  `json:"to"`
}

// take gives the event its share of what went back of the order: what no other
// event has taken. The share is stored before anything is booked; from then on it is
// this event's alone to book. before reports that the event had its share already,
// so that an earlier try may have booked it, however long ago.
func (h handler) take(ctx context.Context, e event.Event[retail.OrderRefunded]) (s share, before bool, err error) {
	sum := e.Data.Refunded
	_, err = h.shares.Update(ctx, e.Data.OrderID, func(r *refunded) (bool, error) {
		switch {
		case len(r.Shares) == 0:
			r.Currency, r.FractionDigits = sum.Currency, sum.FractionDigits
		case r.Currency != sum.Currency || r.FractionDigits != sum.FractionDigits:
			return false, fault.Refuse("finance-currency", errors.New("an earlier refund of the order is in another currency or minor unit"))
		}
		s, before = share{Event: e.ID, To: sum.Amount}, false
		for _, taken := range r.Shares {
			if taken.Event == e.ID {
				s, before = taken, true
				return false, nil
			}
			s.From = max(s.From, taken.To)
		}
		if s.To <= s.From {
			return false, function.Ignore("refund-booked")
		}
		r.Shares = append(r.Shares, s)
		return true, nil
	})
	return s, before, err
}
