package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector/senders"
	"signalbox/shared/connector/stripe"
	"signalbox/shared/event/retail"
	"signalbox/shared/function/web"
	"signalbox/shared/source/commercetools"
)

type radar interface {
	Evaluate(ctx context.Context, eventID string, order retail.Order) (stripe.Evaluation, error)
}

type handler struct {
	radar      radar
	fields     commercetools.Fields
	promotions promotions
	// tokens are the accepted Authorization headers; without any, HTTP requests are refused.
	tokens []string
	// closed refuses what could not be checked; open lets it pass.
	closed bool
}

func newResponder(v config.Values, r radar, tokens senders.Tokens) (web.Responder, error) {
	fail, err := v.OneOf("CHECKOUT_FAIL", "open", "closed")
	if err != nil {
		return web.Responder{}, err
	}
	within, err := v.Int("CHECKOUT_WITHIN_MS")
	if err != nil || within < 200 || within > 1800 {
		return web.Responder{}, errors.New("CHECKOUT_WITHIN_MS: expected 200 to 1800")
	}
	h := handler{
		radar: r, closed: fail == "closed", tokens: tokens.Of("checkout"),
		fields: commercetools.Fields{
			PaymentMethod: v.String("COMMERCETOOLS_PAYMENT_METHOD_FIELD"),
			RiskSession:   v.String("COMMERCETOOLS_RISK_SESSION_FIELD"),
		},
	}
	if h.promotions, err = newPromotions(v); err != nil {
		return web.Responder{}, err
	}
	return web.Responder{Answer: h.answer, Otherwise: h.otherwise, Within: time.Duration(within) * time.Millisecond}, nil
}

// answer checks the payment of a new order and keeps the promotion of a cart up
// to date. Anything else passes.
func (h handler) answer(ctx context.Context, r web.Request) (web.Response, error) {
	if !r.Direct && !h.knows(r.Header("authorization")) {
		return web.Response{}, web.Reject(401, "authorization")
	}
	e, err := commercetools.OpenExtension(r.Body, h.fields)
	switch {
	case err != nil:
		return web.Response{}, err
	case e.Cart != nil:
		actions, reason := h.promotions.actions(*e.Cart)
		if len(actions) == 0 {
			return pass(r, reason), nil
		}
		return update(r, actions), nil
	case e.Order != nil && e.Create:
		return h.screen(ctx, r, *e.Order)
	}
	return pass(r, "nothing-to-check"), nil
}

// screen refuses an order whose payment Radar recommends to block. An order that Radar
// cannot assess passes: it is screened again once it is placed.
func (h handler) screen(ctx context.Context, r web.Request, order retail.Order) (web.Response, error) {
	evaluation, err := h.radar.Evaluate(ctx, "checkout-"+order.ID, order)
	var not stripe.NotAssessable
	switch {
	case errors.As(err, &not):
		return pass(r, not.Reason), nil
	case err != nil:
		return web.Response{}, err
	case evaluation.Action == stripe.ActionBlock:
		return refuse(r, declined, nil), nil
	}
	return pass(r, ""), nil
}

// otherwise answers for a check that failed, panicked or took too long.
func (h handler) otherwise(r web.Request, _ error) web.Response {
	if h.closed {
		return refuse(r, unavailable, nil)
	}
	return pass(r, "")
}

// knows compares in constant time. Digests are compared, so that not even the
// length of a token shows.
func (h handler) knows(authorization string) bool {
	given := sha256.Sum256([]byte(authorization))
	known := 0
	for _, token := range h.tokens {
		want := sha256.Sum256([]byte("Bearer " + token))
		known |= subtle.ConstantTimeCompare(given[:], want[:])
	}
	return known == 1
}
