package main

import (
	"context"
	"errors"

	"signalbox/shared/connector/stripe"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

type radar interface {
	Evaluate(ctx context.Context, eventID string, order retail.Order) (stripe.Evaluation, error)
}

type handler struct {
	radar  radar
	policy policy
	emit   func(context.Context, event.Header, ...event.Payload) error
}

// handle emits exactly one of order.approved and order.held. A repetition gets the first
// evaluation again, so it emits the same event.
func (h handler) handle(ctx context.Context, e event.Event[retail.OrderCreated]) error {
	screening, held, err := h.screen(ctx, e)
	if err != nil {
		return err
	}
	order := e.Data.Order
	if held {
		return h.emit(ctx, e.Header, retail.OrderHeld{OrderID: order.ID, OrderNumber: order.Number, Screening: screening})
	}
	return h.emit(ctx, e.Header, retail.OrderApproved{Order: order, Screening: screening})
}

func (h handler) screen(ctx context.Context, e event.Event[retail.OrderCreated]) (retail.Screening, bool, error) {
	evaluation, err := h.radar.Evaluate(ctx, e.ID, e.Data.Order)
	var not stripe.NotAssessable
	if errors.As(err, &not) {
		screening, held := h.policy.unassessed(not.Reason)
		return screening, held, nil
	}
	if err != nil {
		return retail.Screening{}, false, err
	}
	screening, held := h.policy.judge(evaluation)
	return screening, held, nil
}
