package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"signalbox/shared/config"
	"signalbox/shared/connector/workday"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function/queue"
	"signalbox/shared/state"
)

type refunds interface {
	Find(ctx context.Context, number string) (string, bool, error)
	Request(ctx context.Context, r workday.Refund) (string, error)
	Submit(ctx context.Context, id string) error
}

type handler struct {
	refunds refunds
	shares  state.Values[refunded]
	// companies by currency; "*" is for all others.
	companies map[string]string
}

func newHandler(v config.Values, r refunds, store state.Store) (queue.Handler[retail.OrderRefunded], error) {
	h := handler{refunds: r, shares: shares(store)}
	if err := v.JSON("WORKDAY_COMPANIES", &h.companies); err != nil {
		return nil, err
	}
	if len(h.companies) == 0 {
		return nil, errors.New("WORKDAY_COMPANIES: expected at least one Workday id")
	}
	for _, id := range h.companies {
		if !workday.IsID(id) {
			return nil, errors.New("WORKDAY_COMPANIES: expected Workday ids such as 32 hexadecimal digits")
		}
	}
	return h.handle, nil
}

// shares are the states of orders in the store.
func shares(store state.Store) state.Values[refunded] {
	return state.Of[refunded](store, "order-refunded-finance", state.Forever)
}

// handle records the part of the refund that is not recorded yet. An event holds the
// total refunded so far, and events arrive in any order and more than once: each
// records only its own share, see take. An event that arrives after a later one has no
// share and is ignored, refund-booked. A share that cannot be recorded waits with its
// event in the dead-letter queue; a redrive records it.
func (h handler) handle(ctx context.Context, e event.Event[retail.OrderRefunded]) error {
	company := cmp.Or(h.companies[e.Data.Refunded.Currency], h.companies["*"])
	if company == "" {
		return fault.Refuse("finance-company", errors.New("WORKDAY_COMPANIES: no company for "+e.Data.Refunded.Currency))
	}
	s, before, err := h.take(ctx, e)
	if err != nil {
		return err
	}
	if before {
		ctx = queue.Uncertain(ctx)
	}
	b := booking{refunds: h.refunds, refund: refund(company, e, s)}
	return queue.Effect[retail.OrderRefunded, string]{Ask: b.ask, Act: b.act}.Handle(ctx, e)
}

// refund is the share of an event as a refund in Workday. Its number is unique, since no
// two shares of an order end at the same sum.
func refund(company string, e event.Event[retail.OrderRefunded], s share) workday.Refund {
	amount := e.Data.Refunded
	amount.Amount = s.To - s.From
	return workday.Refund{
		Company: company, Amount: amount, Date: e.Data.RefundedAt,
		Number: fmt.Sprintf("%s/R%d", e.Data.OrderNumber, s.To), Memo: "Refund of order " + e.Data.OrderNumber + ", event " + e.ID,
	}
}

// booking is the effect of a refund in Workday, which takes two requests.
type booking struct {
	refunds refunds
	refund  workday.Refund
}

// ask submits the request that it finds, since an earlier attempt may have stopped before
// that. Workday refuses to submit a request that is not a draft any more.
func (b booking) ask(ctx context.Context, _ event.Event[retail.OrderRefunded]) (string, bool, error) {
	id, found, err := b.refunds.Find(ctx, b.refund.Number)
	if err != nil || !found {
		return "", false, err
	}
	if err := b.refunds.Submit(ctx, id); err != nil && fault.Of(err).Reason != workday.NotSubmittable {
		return "", false, err
	}
	return id, true, nil
}

// act marks a failed submission as ambiguous, since the request was created.
func (b booking) act(ctx context.Context, _ event.Event[retail.OrderRefunded]) (string, error) {
	id, err := b.refunds.Request(ctx, b.refund)
	if err != nil {
		return "", err
	}
	if err := b.refunds.Submit(ctx, id); err != nil {
		f := *fault.Of(err)
		f.Ambiguous = true
		return "", &f
	}
	return id, nil
}
