package main

import (
	"context"
	"errors"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
)

// refunded is the state of an order: which event records which share of the refunds.
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

// take assigns the event its share of the order's refunds: the part that no other event
// has. The share is stored before it is recorded in Workday; from then on only this
// event records it. before reports that the event already had its share, so that an
// earlier attempt may have recorded it.
func (h handler) take(ctx context.Context, e event.Event[retail.OrderRefunded]) (s share, before bool, err error) {
	sum := e.Data.Refunded
	_, err = h.shares.Update(ctx, e.Data.OrderID, func(r *refunded) (bool, error) {
		switch {
		case len(r.Shares) == 0:
			r.Currency, r.FractionDigits = sum.Currency, sum.FractionDigits
		case r.Currency != sum.Currency || r.FractionDigits != sum.FractionDigits:
			return false, fault.Refuse("finance-currency", errors.New("refund: expected the currency and minor unit of the order's earlier refunds"))
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
