package main

import (
	"context"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/connector/senders"
	"signalbox/shared/connector/senders/senderstest"
	"signalbox/shared/connector/stripe"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/web"
)

type fakeRadar func(context.Context, string, retail.Order) (stripe.Evaluation, error)

func (f fakeRadar) Evaluate(ctx context.Context, id string, o retail.Order) (stripe.Evaluation, error) {
	return f(ctx, id, o)
}

func says(action string) fakeRadar {
	return func(context.Context, string, retail.Order) (stripe.Evaluation, error) {
		return stripe.Evaluation{ID: "peval_1", Action: action, Level: "normal"}, nil
	}
}

func build(t *testing.T, r radar, settings map[string]string) (web.Responder, error) {
	t.Helper()
	f, _ := catalog.FunctionByName("checkout")
	all := map[string]string{}
	for _, s := range f.AllSettings() {
		all[s.Name] = s.Default
	}
	for name, value := range settings {
		all[name] = value
	}
	v := config.Static(all, map[string]map[string]string{"senders": senderstest.New().Secret()})
	tokens, err := senders.New(v)
	if err != nil {
		t.Fatal(err)
	}
	return newResponder(v, r, tokens)
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile("../../../events-samples/checkout/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

var known = map[string]string{"authorization": "Bearer " + senderstest.Checkout}

const rules = `{"rules":[{"name":"big","currency":"USD","minimum":30000,"percent":10},{"name":"stoves","currency":"USD","minimum":0,"percent":5,"skus":["STOVE-GAS-MINI"]}]}`

const ten = `{"actions":[{"action":"setDirectDiscounts","discounts":[{"value":{"type":"relative","permyriad":1000},"target":{"type":"lineItems","predicate":"1=1"}}]}]}`

func TestAnswersInBothForms(t *testing.T) {
	order, cart := sample(t, "order-create"), sample(t, "cart-update")
	for name, c := range map[string]struct {
		radar        fakeRadar
		body         []byte
		status       int
		http, lambda string
		outcome      error
	}{
		"a payment that is fine":    {says("continue"), order, 200, `{"actions":[]}`, `{}`, nil},
		"a payment to block":        {says("block"), order, 400, `{"errors":[{"code":"InvalidOperation","message":"` + declined.Message + `"}]}`, `{"responseType":"FailedValidation","errors":[{"code":"InvalidOperation","message":"` + declined.Message + `"}]}`, nil},
		"a word Stripe added since": {says("review"), order, 200, `{"actions":[]}`, `{}`, nil},
		"a payment that cannot be assessed": {func(context.Context, string, retail.Order) (stripe.Evaluation, error) {
			return stripe.Evaluation{}, stripe.NotAssessable{Reason: "no-payment-method"}
		}, order, 200, `{"actions":[]}`, `{}`, function.Ignore("no-payment-method")},
		"a cart worth a promotion": {nil, cart, 200, ten, `{"responseType":"UpdateRequest",` + ten[1:], nil},
		"a changed order":          {nil, []byte(strings.Replace(string(order), `"Create"`, `"Update"`, 1)), 200, `{"actions":[]}`, `{}`, function.Ignore("nothing-to-check")},
		"another resource":         {nil, []byte(`{"action":"Create","resource":{"typeId":"customer","id":"c","obj":{}}}`), 200, `{"actions":[]}`, `{}`, function.Ignore("nothing-to-check")},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := build(t, c.radar, map[string]string{"CHECKOUT_PROMOTIONS": rules})
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.Answer(t.Context(), web.NewRequest("/", known, c.body))
			if err != nil || got.Status != c.status || string(got.Body) != c.http || !reflect.DeepEqual(got.Outcome, c.outcome) {
				t.Errorf("by HTTP: %d %s, %v, %v", got.Status, got.Body, got.Outcome, err)
			}
			direct, err := r.Answer(t.Context(), web.Request{Direct: true, Body: c.body})
			if err != nil || string(direct.Body) != c.lambda {
				t.Errorf("by AWSLambda: %s, %v", direct.Body, err)
			}
		})
	}
}

func TestTheCheckKnowsTheOrder(t *testing.T) {
	var id string
	var order retail.Order
	r, err := build(t, fakeRadar(func(_ context.Context, key string, o retail.Order) (stripe.Evaluation, error) {
		id, order = key, o
		return stripe.Evaluation{Action: "continue"}, nil
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Answer(t.Context(), web.NewRequest("/", known, sample(t, "order-create"))); err != nil {
		t.Fatal(err)
	}
	if id != "checkout-"+order.ID || order.Total.Amount != 35284 || order.PaymentMethod == "" || order.RiskSession == "" || order.Customer.Email == "" || order.Number != "SB-20466" {
		t.Errorf("%s: %+v", id, order)
	}
}

func TestStrangersAreTurnedAway(t *testing.T) {
	r, err := build(t, says("continue"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, given := range []string{"", "Bearer", "Bearer ", senderstest.Checkout, "bearer " + senderstest.Checkout, "Bearer " + senderstest.Checkout + " ", "Bearer " + senderstest.FedEx} {
		_, err := r.Answer(t.Context(), web.NewRequest("/", map[string]string{"authorization": given}, sample(t, "order-create")))
		if !reflect.DeepEqual(err, web.Reject(401, "authorization")) {
			t.Errorf("%q: %v", given, err)
		}
	}
}

func TestWhatFailsOpensOrCloses(t *testing.T) {
	broken := fakeRadar(func(context.Context, string, retail.Order) (stripe.Evaluation, error) {
		return stripe.Evaluation{}, fault.Unknown("stripe-503", 0, errors.New("down"))
	})
	for fail, want := range map[string]string{"open": `{"actions":[]}`, "closed": `{"errors":[{"code":"InvalidOperation","message":"` + unavailable.Message + `"}]}`} {
		r, err := build(t, broken, map[string]string{"CHECKOUT_FAIL": fail})
		if err != nil {
			t.Fatal(err)
		}
		request := web.NewRequest("/", known, sample(t, "order-create"))
		if _, err := r.Answer(t.Context(), request); fault.KindOf(err) != fault.Retryable {
			t.Errorf("%s: %v", fail, err)
		}
		if got := r.Otherwise(request, nil); string(got.Body) != want {
			t.Errorf("%s: %s", fail, got.Body)
		}
		if _, err := r.Answer(t.Context(), web.NewRequest("/", known, []byte(`{"action":"Create"}`))); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: what is no input: %v", fail, err)
		}
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	for name, value := range map[string]string{
		"CHECKOUT_FAIL":      "maybe",
		"CHECKOUT_WITHIN_MS": "2500",
	} {
		if _, err := build(t, nil, map[string]string{name: value}); err == nil {
			t.Errorf("%s=%s was taken", name, value)
		}
	}
	for _, rule := range []string{`{}`, `{"name":"a","currency":"USD"}`, `{"name":"a","currency":"USD","percent":101}`, `{"name":"a","currency":"US","percent":1}`, `{"name":"a","currency":"USD","percent":1,"minimum":-1}`, `{"name":"a","currency":"USD","percent":1,"skus":["a\" or 1=1"]}`} {
		if _, err := build(t, nil, map[string]string{"CHECKOUT_PROMOTIONS": `{"rules":[` + rule + `]}`}); err == nil {
			t.Errorf("%s was taken", rule)
		}
	}
}
