package stripe

import (
	"strings"
	"testing"

	"signalbox/shared/connector"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/stripe/stripetest"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// Every variant of the request, judged by Stripe's own document together with
// the double's answers.
func TestContract(t *testing.T) {
	judge := contract.JudgeBoth(t, "stripe-radar.json")
	for name, change := range map[string]func(*retail.Order){
		"by mail":        func(*retail.Order) {},
		"by name":        func(o *retail.Order) { o.Customer.Email = "" },
		"no session":     func(o *retail.Order) { o.RiskSession = "" },
		"blocked":        func(o *retail.Order) { o.PaymentMethod = "pm_card_radarBlock" },
		"not assessed":   func(o *retail.Order) { o.PaymentMethod = "pm_card_notAssessed" },
		"unknown method": func(o *retail.Order) { o.PaymentMethod = "pm_missing" },
		"other currency": func(o *retail.Order) { o.Total = retail.Money{Currency: "JPY", Amount: 4000} },
	} {
		t.Run(name, func(t *testing.T) {
			c, s := serve(t, stripetest.New())
			o := order()
			change(&o)
			_, _ = c.Evaluate(t.Context(), "e-1", o)
			if len(s.Exchanges()) == 0 {
				t.Fatal("nothing was sent")
			}
			for _, x := range s.Exchanges() {
				judge(x)
			}
		})
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(200, []byte(`{"id":"peval_1","recommended_action":"continue","signals":{"fraudulent_payment":{"risk_level":"low","score":1.5}}}`))
	f.Add(400, []byte(`{"error":{"type":"idempotency_error","param":"a[b]"}}`))
	api, err := connector.New(connector.Options{System: system, BaseURL: "https://api.stripe.com"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r := connector.Response{Status: status, Body: body}
		_ = stale(r)
		if f := fault.Of(classify(r)); f.Kind == fault.Invalid || strings.ContainsAny(f.Error(), "\r\n@") {
			t.Errorf("%v", f)
		}
		var a answer
		if api.Decode(r, &a) != nil {
			return
		}
		if e, err := a.evaluation(api); (err == nil) != (e.ID != "" && e.Action != "" && e.Level != "") {
			t.Errorf("%+v, %v", e, err)
		}
	})
}
