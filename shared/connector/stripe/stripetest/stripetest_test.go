package stripetest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/stripe/stripetest"
)

func form() url.Values {
	return url.Values{
		"customer_details[email]":                                 {"a@example.com"},
		"payment_details[amount]":                                 {"100"},
		"payment_details[currency]":                               {"eur"},
		"payment_details[payment_method_details][payment_method]": {"pm_card_visa"},
		"metadata[order_number]":                                  {"A-1"},
	}
}

func call(d *stripetest.Double, key string, f url.Values, change ...func(*http.Request)) connectortest.Exchange {
	body := f.Encode()
	r := httptest.NewRequest("POST", "/v1/radar/payment_evaluations", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+d.Secret()["api_key"])
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return connectortest.Exchange{Method: r.Method, Path: r.URL.Path, Header: r.Header, Body: []byte(body), Status: w.Code, ResponseHeader: w.Header(), Response: w.Body.Bytes()}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct{ name, field, value, want string }{
		{"no amount", "payment_details[amount]", "", "parameter_missing"},
		{"an amount of nothing", "payment_details[amount]", "0", "parameter_invalid_integer"},
		{"an amount with a point", "payment_details[amount]", "1.5", "parameter_invalid_integer"},
		{"no currency", "payment_details[currency]", "", "parameter_missing"},
		{"a currency in capitals", "payment_details[currency]", "EUR", "Invalid currency"},
		{"no payment method", "payment_details[payment_method_details][payment_method]", "", "parameter_missing"},
		{"a payment method of another kind", "payment_details[payment_method_details][payment_method]", "src_1", "resource_missing"},
		{"no customer", "customer_details[email]", "", "parameter_missing"},
		{"an unknown parameter", "order_id", "1", "parameter_unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := stripetest.New()
			f := form()
			f.Del(c.field)
			if c.value != "" {
				f.Set(c.field, c.value)
			}
			x := call(d, "k", f)
			if x.Status != 400 || !strings.Contains(string(x.Response), c.want) || len(d.Effects()) != 0 {
				t.Errorf("%d %s, %d evaluations", x.Status, x.Response, len(d.Effects()))
			}
			t.Run("by Stripe's own document", func(t *testing.T) { contract.JudgeAnswer(t, "stripe-radar.json")(x) })
			// What did not pass validation does not use up its key.
			if x := call(d, "k", form()); x.Status != 200 {
				t.Errorf("the corrected request: %d %s", x.Status, x.Response)
			}
		})
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"another key":          {func(r *http.Request) { r.Header.Set("Authorization", "Bearer sk_test_x") }, 401},
		"another path":         {func(r *http.Request) { r.URL.Path = "/v1/charges" }, 404},
		"another method":       {func(r *http.Request) { r.Method = "GET" }, 405},
		"another content type": {func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, 400},
		"an endless key":       {func(r *http.Request) { r.Header.Set("Idempotency-Key", strings.Repeat("k", 256)) }, 400},
	} {
		t.Run(name, func(t *testing.T) {
			d := stripetest.New()
			if x := call(d, "k", form(), c.change); x.Status != c.status || len(d.Effects()) != 0 {
				t.Errorf("%d %s", x.Status, x.Response)
			}
		})
	}
}

func TestIdempotencyKey(t *testing.T) {
	d := stripetest.New()
	first, again := call(d, "k", form()), call(d, "k", form())
	if string(first.Response) != string(again.Response) || first.ResponseHeader.Get("Idempotent-Replayed") != "" || again.ResponseHeader.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%s, %s", first.Response, again.Response)
	}
	other := form()
	other.Set("payment_details[amount]", "101")
	if x := call(d, "k", other); x.Status != 400 || !strings.Contains(string(x.Response), "idempotency_error") {
		t.Errorf("other parameters: %d %s", x.Status, x.Response)
	}
	call(d, "", form())
	call(d, "", form())
	if n := len(d.Effects()); n != 3 {
		t.Errorf("%d evaluations, want one under the key and two without", n)
	}
}

func TestFailureIsKept(t *testing.T) {
	d := stripetest.New()
	d.Fail(1)
	for i := range 2 {
		if x := call(d, "k", form()); x.Status != 500 {
			t.Errorf("call %d: %d", i, x.Status)
		}
	}
	if x := call(d, "k2", form()); x.Status != 200 || len(d.Effects()) != 1 {
		t.Errorf("under another key: %d, %d evaluations", x.Status, len(d.Effects()))
	}
}
