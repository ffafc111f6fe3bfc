package stripe

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/stripe/stripetest"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

func order() retail.Order {
	usd := retail.Money{Currency: "USD", Amount: 32595, FractionDigits: 2}
	return retail.Order{
		ID: "o-1", Number: "SB-20417", Version: 1, PlacedAt: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Total: usd,
		Customer:      retail.Customer{Email: "rosalind@example.com", FirstName: "Rosalind", LastName: "Achterberg"},
		Lines:         []retail.Line{{ID: "l-1", Quantity: 1, UnitPrice: usd, Total: usd}},
		ShipTo:        &retail.Address{Country: "US", Phone: "+1 512 555 0142", Street: "4120 Juniper Hollow Road"},
		PaymentMethod: "pm_card_visa", RiskSession: "rse_1",
	}
}

func serve(t *testing.T, d *stripetest.Double) (*Client, *connectortest.Server) {
	t.Helper()
	s := connectortest.Serve(d)
	t.Cleanup(s.Close)
	return at(t, s.URL, d.Secret()["api_key"]), s
}

func at(t *testing.T, address, key string) *Client {
	t.Helper()
	c, err := New(config.Static(map[string]string{"STRIPE_BASE_URL": address}, map[string]map[string]string{"stripe": {"api_key": key}}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEvaluate(t *testing.T) {
	for _, c := range []struct {
		method string
		want   Evaluation
	}{
		{"pm_card_visa", Evaluation{Action: ActionContinue, Level: LevelNormal, Score: 12.25}},
		{"pm_card_riskLevelElevated", Evaluation{Action: ActionContinue, Level: LevelElevated, Score: 68.5}},
		{"pm_card_riskLevelHighest", Evaluation{Action: ActionContinue, Level: LevelHighest, Score: 91.25}},
		{"pm_card_chargeDeclinedFraudulent", Evaluation{Action: ActionBlock, Level: LevelHighest, Score: 98.75}},
		{"pm_card_radarBlock", Evaluation{Action: ActionBlock, Level: LevelHighest, Score: 98.75}},
		{"pm_card_notAssessed", Evaluation{Action: ActionContinue, Level: LevelNotAssessed, Score: -1}},
	} {
		t.Run(c.method, func(t *testing.T) {
			client, _ := serve(t, stripetest.New())
			o := order()
			o.PaymentMethod = c.method
			got, err := client.Evaluate(t.Context(), "e-1", o)
			if err != nil {
				t.Fatal(err)
			}
			c.want.ID = "peval_0001"
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRequestGolden(t *testing.T) {
	c, s := serve(t, stripetest.New())
	if _, err := c.Evaluate(t.Context(), "e-1", order()); err != nil {
		t.Fatal(err)
	}
	x := s.Exchanges()[0]
	got, err := url.ParseQuery(string(x.Body))
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"client_device_metadata_details[radar_session]":           {"rse_1"},
		"customer_details[email]":                                 {"rosalind@example.com"},
		"metadata[order_number]":                                  {"SB-20417"},
		"payment_details[amount]":                                 {"32595"},
		"payment_details[currency]":                               {"usd"},
		"payment_details[payment_method_details][payment_method]": {"pm_card_visa"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for name, value := range map[string]string{"Idempotency-Key": "e-1", "Stripe-Version": "2026-08-26.dahlia", "Authorization": "Bearer sk_test_signalbox"} {
		if x.Header.Get(name) != value {
			t.Errorf("%s: %q", name, x.Header.Get(name))
		}
	}
}

func TestNotAssessable(t *testing.T) {
	for _, c := range []struct {
		reason string
		change func(*retail.Order)
	}{
		{"no-payment-method", func(o *retail.Order) { o.PaymentMethod = "" }},
		{"nothing-to-pay", func(o *retail.Order) { o.Total.Amount = 0 }},
		{"no-customer", func(o *retail.Order) { o.Customer = retail.Customer{} }},
	} {
		t.Run(c.reason, func(t *testing.T) {
			client, s := serve(t, stripetest.New())
			o := order()
			c.change(&o)
			_, err := client.Evaluate(t.Context(), "e-1", o)
			var not NotAssessable
			if !errors.As(err, &not) || not.Reason != c.reason || len(s.Exchanges()) != 0 {
				t.Errorf("error %v after %d requests", err, len(s.Exchanges()))
			}
		})
	}
}

func TestCustomerIsToldSparingly(t *testing.T) {
	for _, c := range []struct {
		name, field, value string
		change             func(*retail.Order)
	}{
		{"by the mail address", "email", "rosalind@example.com", func(*retail.Order) {}},
		{"by the name where there is no mail address", "name", "Rosalind Achterberg", func(o *retail.Order) { o.Customer.Email = "" }},
		{"by an address' mail where the customer has none", "email", "b@example.com", func(o *retail.Order) {
			o.Customer.Email, o.BillTo = "", &retail.Address{Email: "b@example.com"}
		}},
		{"by an address' name at the last", "name", "Jo", func(o *retail.Order) {
			o.Customer = retail.Customer{}
			o.ShipTo.FirstName = "Jo"
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := order()
			c.change(&o)
			form, err := evaluation(o)
			if err != nil || form.Get("customer_details["+c.field+"]") != c.value {
				t.Errorf("%v, error %v", form, err)
			}
			n := 0
			for name := range form {
				if strings.HasPrefix(name, "customer_details") {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%d fields of the customer", n)
			}
		})
	}
}

func TestAskedTwiceItIsOneEvaluation(t *testing.T) {
	d := stripetest.New()
	c, _ := serve(t, d)
	first, err1 := c.Evaluate(t.Context(), "e-1", order())
	second, err2 := c.Evaluate(t.Context(), "e-1", order())
	if err1 != nil || err2 != nil || first != second {
		t.Errorf("%+v %v, %+v %v", first, err1, second, err2)
	}
	other, err := c.Evaluate(t.Context(), "e-2", order())
	if err != nil || other.ID == first.ID {
		t.Errorf("another event got %+v, %v", other, err)
	}
	if n := len(d.Effects()); n != 2 {
		t.Errorf("%d evaluations", n)
	}
}

func TestBrokenConnectionIsTriedOnceMore(t *testing.T) {
	d := stripetest.New()
	c, s := serve(t, d)
	n := 0
	s.Script(func(*http.Request) *connectortest.Fault {
		if n++; n == 1 {
			return &connectortest.Fault{Reset: true, After: true}
		}
		return nil
	})
	if _, err := c.Evaluate(t.Context(), "e-1", order()); err != nil {
		t.Error(err)
	}
	if effects := d.Effects(); len(effects) != 1 || effects[0].Reference != "SB-20417" {
		t.Errorf("evaluations %+v", effects)
	}
}

// Stripe keeps even a 500 under the key for a day.
func TestKeptFailureIsAskedAnew(t *testing.T) {
	d := stripetest.New()
	d.Fail(1)
	c, s := serve(t, d)
	_, err := c.Evaluate(t.Context(), "e-1", order())
	if f := fault.Of(err); f == nil || f.Reason != "stripe-500" || !f.Ambiguous || len(s.Exchanges()) != 1 {
		t.Fatalf("first: error %+v after %d requests", f, len(s.Exchanges()))
	}
	if _, err := c.Evaluate(t.Context(), "e-1", order()); err != nil {
		t.Fatalf("second: %v", err)
	}
	x := s.Exchanges()
	if key := x[len(x)-1].Header.Get("Idempotency-Key"); key != "e-1-2" || len(x) != 3 || len(d.Effects()) != 1 {
		t.Errorf("key %q, %d requests, %d evaluations", key, len(x), len(d.Effects()))
	}
}

// An order that is read from the shop again may have changed.
func TestChangedOrderIsAskedAnew(t *testing.T) {
	c, _ := serve(t, stripetest.New())
	o := order()
	if _, err := c.Evaluate(t.Context(), "e-1", o); err != nil {
		t.Fatal(err)
	}
	o.Total.Amount++
	if got, err := c.Evaluate(t.Context(), "e-1", o); err != nil || got.ID != "peval_0002" {
		t.Errorf("%+v, %v", got, err)
	}
	o.Total.Amount++
	_, err := c.Evaluate(t.Context(), "e-1", o)
	if f := fault.Of(err); f == nil || f.Kind != fault.Permanent || f.Error() != "stripe-400: idempotency_error" {
		t.Errorf("error %v", err)
	}
}

func TestRefusals(t *testing.T) {
	t.Run("an unknown payment method is permanent", func(t *testing.T) {
		c, _ := serve(t, stripetest.New())
		o := order()
		o.PaymentMethod = "pm_missing"
		_, err := c.Evaluate(t.Context(), "e-1", o)
		want := "stripe-400: invalid_request_error resource_missing payment_details.payment_method_details.payment_method"
		if f := fault.Of(err); f == nil || f.Kind != fault.Permanent || f.Error() != want {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a rejected key waits for a new one", func(t *testing.T) {
		_, s := serve(t, stripetest.New())
		_, err := at(t, s.URL, "sk_test_other").Evaluate(t.Context(), "e-1", order())
		if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || f.Reason != "stripe-401" || strings.Contains(f.Error(), "sk_") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a key that is none is refused at the start", func(t *testing.T) {
		for _, key := range []string{"", "pk_live_1", "hunter2"} {
			_, err := New(config.Static(map[string]string{"STRIPE_BASE_URL": "https://api.stripe.com"}, map[string]map[string]string{"stripe": {"api_key": key}}))
			if err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%q: error %v", key, err)
			}
		}
	})
}

func TestClassify(t *testing.T) {
	type verdict struct {
		Kind      fault.Kind
		Reason    string
		Text      string
		After     time.Duration
		Ambiguous bool
	}
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	for _, c := range []struct {
		name   string
		status int
		header http.Header
		body   string
		want   verdict
	}{
		{"a wrong request is permanent", 400, nil, `{"error":{"type":"invalid_request_error","code":"parameter_missing","param":"payment_details[amount]","message":"rosalind@example.com"}}`,
			verdict{Kind: fault.Permanent, Reason: "stripe-400", Text: "invalid_request_error parameter_missing payment_details.amount"}},
		{"a failed request is permanent", 402, nil, `{"error":{"type":"card_error","code":"card_declined"}}`,
			verdict{Kind: fault.Permanent, Reason: "stripe-402", Text: "card_error card_declined"}},
		{"a rejected key waits", 401, nil, `{"error":{"type":"invalid_request_error"}}`, verdict{Reason: "stripe-401", Text: "invalid_request_error"}},
		{"a rejected key waits despite Stripe-Should-Retry", 401, header("Stripe-Should-Retry", "false"), ``, verdict{Reason: "stripe-401", Text: "Unauthorized"}},
		{"a missing right is permanent", 403, nil, ``, verdict{Kind: fault.Permanent, Reason: "stripe-403", Text: "Forbidden"}},
		{"a lock waits a moment", 409, nil, `{"error":{"type":"invalid_request_error","code":"lock_timeout"}}`,
			verdict{Reason: "stripe-409", Text: "invalid_request_error lock_timeout", After: 2 * time.Second}},
		{"a key in use waits a moment", 409, nil, `{"error":{"type":"idempotency_error","code":"idempotency_key_in_use"}}`,
			verdict{Reason: "stripe-409", Text: "idempotency_error idempotency_key_in_use", After: 2 * time.Second}},
		{"a limit waits as asked", 429, header("Retry-After", "9"), `{"error":{"type":"invalid_request_error","code":"rate_limit"}}`,
			verdict{Reason: "stripe-429", Text: "invalid_request_error rate_limit", After: 9 * time.Second}},
		{"a failure is ambiguous", 500, nil, `{"error":{"type":"api_error"}}`, verdict{Reason: "stripe-500", Text: "api_error", Ambiguous: true}},
		{"a page is classified by its status", 503, nil, `<html>`, verdict{Reason: "stripe-503", Text: "Service Unavailable", Ambiguous: true}},
		{"advice to retry is followed", 400, header("Stripe-Should-Retry", "true", "Retry-After", "3"), ``,
			verdict{Reason: "stripe-400", Text: "Bad Request", After: 3 * time.Second}},
		{"advice not to retry is followed", 500, header("Stripe-Should-Retry", "false"), ``,
			verdict{Kind: fault.Permanent, Reason: "stripe-500", Text: "Internal Server Error", Ambiguous: true}},
		{"a type that is none is not repeated", 400, nil, `{"error":{"type":"Rosalind Achterberg"}}`,
			verdict{Kind: fault.Permanent, Reason: "stripe-400", Text: "unknown"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fault.Of(classify(connector.Response{Status: c.status, Header: c.header, Body: []byte(c.body)}))
			if d := cmp.Diff(c.want, verdict{f.Kind, f.Reason, f.Err.Error(), f.RetryAfter, f.Ambiguous}); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestMinorUnits(t *testing.T) {
	for _, c := range []struct {
		name  string
		money retail.Money
		want  int64 // 0 for a refusal
	}{
		{"cents stay cents", retail.Money{Currency: "EUR", Amount: 1999, FractionDigits: 2}, 1999},
		{"yen stay yen", retail.Money{Currency: "JPY", Amount: 1999}, 1999},
		{"fils stay fils", retail.Money{Currency: "KWD", Amount: 1990, FractionDigits: 3}, 1990},
		{"krona have two digits at Stripe", retail.Money{Currency: "ISK", Amount: 1999}, 199900},
		{"ariary have none", retail.Money{Currency: "MGA", Amount: 199900, FractionDigits: 2}, 1999},
		{"a high precision that is whole is converted", retail.Money{Currency: "EUR", Amount: 199900, FractionDigits: 4}, 1999},
		{"one that is not is refused", retail.Money{Currency: "EUR", Amount: 199901, FractionDigits: 4}, 0},
		{"one that would overflow is refused", retail.Money{Currency: "ISK", Amount: 1 << 60}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := minorUnits(c.money)
			if got != c.want || (err != nil) != (c.want == 0) || err != nil && fault.KindOf(err) != fault.Invalid {
				t.Errorf("%d, error %v", got, err)
			}
		})
	}
}

func TestUnreadableAnswerLeavesItOpen(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":           ``,
		"an empty object":   `{}`,
		"no level":          `{"id":"peval_1","recommended_action":"continue","signals":{}}`,
		"a name for action": `{"id":"peval_1","recommended_action":"Rosalind Achterberg","signals":{"fraudulent_payment":{"risk_level":"low","score":1}}}`,
		"a word for score":  `{"id":"peval_1","recommended_action":"continue","signals":{"fraudulent_payment":{"risk_level":"low","score":"1"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			c, s := serve(t, stripetest.New())
			s.Script(func(*http.Request) *connectortest.Fault { return &connectortest.Fault{Status: 200, Body: body} })
			_, err := c.Evaluate(t.Context(), "e-1", order())
			if f := fault.Of(err); f == nil || f.Reason != "stripe-answer" || !f.Ambiguous || strings.Contains(f.Error(), "Rosalind") {
				t.Errorf("error %v", err)
			}
		})
	}
}
