package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/workday"
	"signalbox/shared/connector/workday/workdaytest"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

// tenant records its calls.
type tenant struct {
	calls        []string
	recorded     []workday.Payment
	found        bool
	find, record error
}

func (b *tenant) FindPayment(_ context.Context, number string) (string, bool, error) {
	b.calls = append(b.calls, "find "+number)
	return "p-1", b.found, b.find
}

func (b *tenant) RecordPayment(_ context.Context, p workday.Payment) (string, error) {
	b.calls = append(b.calls, "record "+p.TransactionNumber)
	b.recorded = append(b.recorded, p)
	return "p-1", b.record
}

func settings() map[string]string {
	return map[string]string{
		"WORKDAY_CUSTOMER": "customer=1", "WORKDAY_COMPANIES": `{"*":"company=1","EUR":"company=eu"}`, "WORKDAY_PAYMENT_TYPES": `{"*":"type=1","INVOICE":"type=invoice"}`,
	}
}

func paid(currency, method string, amount int64) event.Event[retail.OrderPaid] {
	e := event.Event[retail.OrderPaid]{Data: retail.OrderPaid{
		Order:   retail.Order{ID: "o-1", Number: "A-1"},
		Payment: retail.Payment{Amount: retail.Money{Currency: currency, Amount: amount, FractionDigits: 2}, Method: method, PaidAt: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)},
	}}
	e.ID = "e-1"
	return e
}

func TestHandle(t *testing.T) {
	broken := fault.Unknown("workday-timeout", 0, errors.New("broken"))
	refused := fault.Refuse("workday-400", errors.New("refused"))
	const find, record = "find A-1", "record A-1"
	for name, c := range map[string]struct {
		uncertain bool
		tenant    tenant
		calls     []string
		reason    string // "" for success
		ambiguous bool
	}{
		"the first try records the payment":       {false, tenant{}, []string{record}, "", false},
		"a try after an uncertain one asks first": {true, tenant{found: true}, []string{find}, "", false},
		"what is not there is recorded":           {true, tenant{}, []string{find, record}, "", false},
		"what cannot be asked is not recorded":    {true, tenant{find: broken}, []string{find}, "workday-timeout", true},
		"a refused look-up keeps the doubt":       {true, tenant{find: refused}, []string{find}, "workday-400", true},
		"a refusal is definite":                   {false, tenant{record: refused}, []string{record}, "workday-400", false},
		"a timeout is not":                        {false, tenant{record: broken}, []string{record}, "workday-timeout", true},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := newHandler(config.Static(settings(), nil), &c.tenant)
			if err != nil {
				t.Fatal(err)
			}
			ctx := t.Context()
			if c.uncertain {
				ctx = queue.Uncertain(ctx)
			}
			f := fault.Of(h(ctx, paid("USD", "", 4999)))
			if (f == nil) != (c.reason == "") || f != nil && (f.Reason != c.reason || f.Ambiguous != c.ambiguous) {
				t.Errorf("error %+v", f)
			}
			if d := cmp.Diff(c.calls, c.tenant.calls); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestCompanyAndTypeFollowCurrencyAndMethod(t *testing.T) {
	for name, c := range map[string]struct {
		change           map[string]string
		currency, method string
		want             string // "company=1 type=1", or the error
	}{
		"named ones":                   {nil, "EUR", "INVOICE", "company=eu type=invoice"},
		"all others":                   {nil, "USD", "CREDIT_CARD", "company=1 type=1"},
		"a method nobody told":         {nil, "USD", "", "company=1 type=1"},
		"a currency without a company": {map[string]string{"WORKDAY_COMPANIES": `{"EUR":"company=eu"}`}, "USD", "", "finance-company: WORKDAY_COMPANIES: no company for USD"},
		"a method without a type":      {map[string]string{"WORKDAY_PAYMENT_TYPES": `{"INVOICE":"type=x"}`}, "USD", "CASH", "finance-payment-type: WORKDAY_PAYMENT_TYPES: no payment type for the order's payment method"},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings()
			for k, v := range c.change {
				s[k] = v
			}
			var b tenant
			h, err := newHandler(config.Static(s, nil), &b)
			if err != nil {
				t.Fatal(err)
			}
			err = h(t.Context(), paid(c.currency, c.method, 4999))
			if err != nil {
				if err.Error() != c.want || fault.KindOf(err) != fault.Permanent || b.calls != nil {
					t.Errorf("%v after %v, want %s", err, b.calls, c.want)
				}
				return
			}
			p := b.recorded[0]
			if p.Company+" "+p.Type != c.want || p.Customer != "customer=1" || p.Amount.Decimal() != "49.99" || p.Date.Day() != 20 || !strings.Contains(p.Memo, "e-1") {
				t.Errorf("%+v, want %s", p, c.want)
			}
		})
	}
}

func TestWhatWasFreeNeedsNoPayment(t *testing.T) {
	var b tenant
	h, err := newHandler(config.Static(settings(), nil), &b)
	if err != nil {
		t.Fatal(err)
	}
	if err := h(t.Context(), paid("USD", "", 0)); err == nil || err.Error() != function.Ignore("nothing-paid").Error() || b.calls != nil {
		t.Errorf("%v after %v", err, b.calls)
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"WORKDAY_CUSTOMER", ""}, {"WORKDAY_CUSTOMER", "Acme"}, {"WORKDAY_COMPANIES", `{"EUR":""}`}, {"WORKDAY_COMPANIES", "{}"}, {"WORKDAY_COMPANIES", "x"}, {"WORKDAY_PAYMENT_TYPES", `{"*":1}`}, {"WORKDAY_PAYMENT_TYPES", "null"},
	} {
		s := settings()
		s[c.name] = c.value
		if _, err := newHandler(config.Static(s, nil), &tenant{}); err == nil || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s=%s: %v", c.name, c.value, err)
		}
	}
}

// The answer is lost after Workday recorded the payment: it is found by its
// number and not recorded again.
func TestSampleAgainstTheDouble(t *testing.T) {
	body, err := os.ReadFile("../../../events-samples/signalbox/order.paid.json")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := event.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.As[retail.OrderPaid](raw)
	if err != nil {
		t.Fatal(err)
	}
	double := workdaytest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	s := settings()
	for name, value := range double.Settings(server.URL) {
		s[name] = value
	}
	s["WORKDAY_BASE_URL"] = server.URL
	values := config.Static(s, map[string]map[string]string{"workday": double.Secret()})
	client, err := workday.New(values)
	if err != nil {
		t.Fatal(err)
	}
	h, err := newHandler(values, client)
	if err != nil {
		t.Fatal(err)
	}
	server.Script(func(r *http.Request) *connectortest.Fault {
		if strings.HasSuffix(r.URL.Path, "/payments") {
			return &connectortest.Fault{Reset: true, After: true}
		}
		return nil
	})
	if f := fault.Of(h(t.Context(), e)); f == nil || !f.Ambiguous {
		t.Fatalf("error %+v", f)
	}
	server.Script(nil)
	if err := h(queue.Uncertain(t.Context()), e); err != nil {
		t.Fatal(err)
	}
	payments := double.Payments()
	if len(payments) != 1 || payments[0].TransactionNumber != e.Data.Order.Number || payments[0].Value != e.Data.Payment.Amount.Decimal() {
		t.Fatalf("payments %+v", payments)
	}
	t.Run("by Workday's own document", func(t *testing.T) {
		judge := contract.Judge(t, "workday-customeraccounts.json")
		x := server.Exchanges()[1]
		x.Path = strings.TrimPrefix(x.Path, workdaytest.Root)
		judge(x)
	})
}
