package main

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/config"
	"signalbox/shared/connector/stripe"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function/queue/queuetest"
)

// fake is a radar that gives one answer.
type fake struct {
	evaluation stripe.Evaluation
	err        error
	asked      []string
}

func (f *fake) Evaluate(_ context.Context, id string, o retail.Order) (stripe.Evaluation, error) {
	f.asked = append(f.asked, id+" "+o.Number)
	return f.evaluation, f.err
}

// bus records the emitted events.
type bus struct {
	emitted []event.Payload
	err     error
}

func (b *bus) emit(_ context.Context, _ event.Header, data ...event.Payload) error {
	b.emitted = append(b.emitted, data...)
	return b.err
}

func placed() event.Event[retail.OrderCreated] {
	e := event.Event[retail.OrderCreated]{Data: retail.OrderCreated{Order: retail.Order{ID: "o-1", Number: "A-1"}}}
	e.ID = "e-1"
	return e
}

func TestHandle(t *testing.T) {
	usual := policy{holdLevel: "highest", holdUnassessed: true}
	strict := policy{holdLevel: "elevated", holdUnassessed: true}
	lenient := policy{holdLevel: "never"}
	evaluation := func(action, level string, score float64) fake {
		return fake{evaluation: stripe.Evaluation{ID: "peval_1", Action: action, Level: level, Score: score}}
	}
	unassessable := fake{err: stripe.NotAssessable{Reason: "no-payment-method"}}
	screening := func(level, reason string, score float64) retail.Screening {
		return retail.Screening{Provider: "stripe", Reference: "peval_1", RiskLevel: level, Score: score, Reason: reason}
	}
	none := retail.Screening{RiskLevel: "not_assessed", Reason: "no-payment-method"}
	approved := func(s retail.Screening) event.Payload {
		return retail.OrderApproved{Order: placed().Data.Order, Screening: s}
	}
	held := func(s retail.Screening) event.Payload {
		return retail.OrderHeld{OrderID: "o-1", OrderNumber: "A-1", Screening: s}
	}
	for _, c := range []struct {
		name   string
		policy policy
		fake   fake
		want   event.Payload
	}{
		{"a normal risk is approved", usual, evaluation("continue", "normal", 12), approved(screening("normal", "recommended-continue", 12))},
		{"a low risk is approved by the strict", strict, evaluation("continue", "low", 2), approved(screening("low", "recommended-continue", 2))},
		{"a block is held", usual, evaluation("block", "highest", 98), held(screening("highest", "recommended-block", 98))},
		{"a block is held whatever the level", usual, evaluation("block", "normal", 12), held(screening("normal", "recommended-block", 12))},
		{"a block is held by the lenient too", lenient, evaluation("block", "highest", 98), held(screening("highest", "recommended-block", 98))},
		{"a recommendation nobody knows is held", lenient, evaluation("request_three_d_secure", "normal", 12), held(screening("normal", "recommended-request_three_d_secure", 12))},
		{"the highest risk is held", usual, evaluation("continue", "highest", 91), held(screening("highest", "risk-highest", 91))},
		{"the highest risk is held by the strict", strict, evaluation("continue", "highest", 91), held(screening("highest", "risk-highest", 91))},
		{"the highest risk is approved by the lenient", lenient, evaluation("continue", "highest", 91), approved(screening("highest", "recommended-continue", 91))},
		{"an elevated risk is approved", usual, evaluation("continue", "elevated", 68), approved(screening("elevated", "recommended-continue", 68))},
		{"an elevated risk is held by the strict", strict, evaluation("continue", "elevated", 68), held(screening("elevated", "risk-elevated", 68))},
		{"what Radar did not assess is held", usual, evaluation("continue", "not_assessed", -1), held(screening("not_assessed", "not-assessed", 0))},
		{"what Radar did not assess is approved by the lenient", lenient, evaluation("continue", "unknown", -1), approved(screening("unknown", "not-assessed", 0))},
		{"a level nobody knows counts as not assessed", usual, evaluation("continue", "severe", 95), held(screening("severe", "not-assessed", 95))},
		{"an order Radar cannot assess is held", usual, unassessable, held(none)},
		{"an order Radar cannot assess is approved by the lenient", lenient, unassessable, approved(none)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bus
			if err := (handler{radar: &c.fake, policy: c.policy, emit: b.emit}).handle(t.Context(), placed()); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]event.Payload{c.want}, b.emitted); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff([]string{"e-1 A-1"}, c.fake.asked); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFailuresDecideNothing(t *testing.T) {
	broken := fault.Unknown("stripe-500", 0, errors.New("broken"))
	var b bus
	if err := (handler{radar: &fake{err: broken}, emit: b.emit}).handle(t.Context(), placed()); err != broken || b.emitted != nil {
		t.Errorf("error %v, emitted %v", err, b.emitted)
	}
	b.err = fault.Unknown("bus", 0, nil)
	if err := (handler{radar: &fake{}, emit: b.emit}).handle(t.Context(), placed()); err != b.err {
		t.Errorf("error %v", err)
	}
}

func TestPolicyNamesTheWrongSetting(t *testing.T) {
	for name, c := range map[string]struct{ level, unassessed, want string }{
		"a level that is none":     {"normal", "hold", "FRAUD_HOLD_LEVEL: expected one of elevated, highest, never"},
		"no level":                 {"", "hold", "FRAUD_HOLD_LEVEL: expected one of elevated, highest, never"},
		"a decision that is none":  {"highest", "maybe", "FRAUD_UNASSESSED: expected one of hold, approve"},
		"both as they should be":   {"elevated", "approve", ""},
		"never, and still to hold": {"never", "hold", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newPolicy(config.Static(map[string]string{"FRAUD_HOLD_LEVEL": c.level, "FRAUD_UNASSESSED": c.unassessed}, nil))
			if (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
				t.Errorf("error %v", err)
			}
		})
	}
}

// Every sample of order.created gets one decision, the same when it comes twice.

// Every sample of order.created gets one decision, the same when it is made again:
// Emitted fails the test if it is not.
func TestEverySampleIsDecidedOnce(t *testing.T) {
	for _, e := range queuetest.Samples[retail.OrderCreated](t) {
		f := queuetest.New(t, "order-created-fraud", build, queuetest.Options{})
		for range 2 {
			f.Send(e)
			f.RunUntilSettled()
			f.EmptyLedger()
		}
		if diff := cmp.Diff([]string{"applied", "applied"}, f.Outcomes()); diff != "" || len(f.Emitted()) != 1 {
			t.Fatalf("%s: outcomes:\n%spublished %+v", e.Subject, diff, f.Emitted())
		}
		_, held := f.Emitted()[0].(retail.OrderHeld)
		evaluated := len(f.Effects())
		if unassessed := e.Data.Order.PaymentMethod == ""; held != unassessed || evaluated != 1 && !unassessed || evaluated != 0 && unassessed {
			t.Errorf("%s: held %v after %d evaluations", e.Subject, held, evaluated)
		}
	}
}
