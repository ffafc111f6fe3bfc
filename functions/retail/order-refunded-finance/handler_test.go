package main

import (
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
	"signalbox/shared/function/queue"
)

func settings() map[string]string {
	return map[string]string{"WORKDAY_COMPANIES": `{"*":"company=1","EUR":"company=eu"}`, "WORKDAY_REFUND_SUPPLIER": "supplier=refunds"}
}

func build(t testing.TB, change map[string]string, w *world) queue.Handler[retail.OrderRefunded] {
	t.Helper()
	s := settings()
	for name, value := range change {
		s[name] = value
	}
	h, err := newHandler(config.Static(s, nil), w, w.store)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// back is the event that tells of a sum.
func back(cents int64) event.Event[retail.OrderRefunded] {
	money := func(n int64) retail.Money { return retail.Money{Currency: "USD", Amount: n, FractionDigits: 2} }
	e := event.Event[retail.OrderRefunded]{Data: retail.OrderRefunded{
		OrderID: "o-1", OrderNumber: "A-1", Paid: money(100), Refunded: money(cents), RefundedAt: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC),
	}}
	e.ID = "e-" + money(cents).Decimal()
	return e
}

func TestTheFirstRefundIsRequestedAndSubmitted(t *testing.T) {
	for currency, company := range map[string]string{"USD": "company=1", "EUR": "company=eu"} {
		w := newWorld()
		e := back(1500)
		e.Data.Refunded.Currency = currency
		if err := build(t, nil, w)(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		want := workday.Refund{
			Company: company, Amount: e.Data.Refunded, Date: e.Data.RefundedAt, Number: "A-1/R1500", Memo: "Refund of order A-1, event e-15.00",
		}
		if diff := cmp.Diff([]made{{refund: want, submitted: true}}, w.made, cmp.AllowUnexported(made{})); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"request", "submit"}, w.calls); diff != "" {
			t.Errorf("the first try asks for nothing:\n%s", diff)
		}
	}
}

func TestFaultsOfTheTwoSteps(t *testing.T) {
	broken := fault.Unknown("workday-timeout", 0, errors.New("broken"))
	refused := fault.Refuse("workday-400", errors.New("refused"))
	closed := fault.Refuse(workday.NotSubmittable, errors.New("status 400"))
	for name, c := range map[string]struct {
		uncertain, there      bool
		find, request, submit error
		calls                 string
		reason                string // "" for success
		ambiguous             bool
	}{
		"a refusal of the request is definite":             {false, false, nil, refused, nil, "request", "workday-400", false},
		"a timeout of the request is not":                  {false, false, nil, broken, nil, "request", "workday-timeout", true},
		"a refusal to submit leaves the request":           {false, false, nil, nil, refused, "request submit", "workday-400", true},
		"a draft that is none when it was just made":       {false, false, nil, nil, closed, "request submit", workday.NotSubmittable, true},
		"a timeout of submitting leaves it too":            {false, false, nil, nil, broken, "request submit", "workday-timeout", true},
		"a draft that is found is submitted":               {true, true, nil, nil, nil, "find submit", "", false},
		"what was submitted is done":                       {true, true, nil, nil, closed, "find submit", "", false},
		"a draft that is found and refused keeps doubt":    {true, true, nil, nil, refused, "find submit", "workday-400", true},
		"what is not there is requested":                   {true, false, nil, nil, nil, "find request submit", "", false},
		"what cannot be asked about is not requested":      {true, false, broken, nil, nil, "find", "workday-timeout", true},
		"a refused look-up keeps the doubt":                {true, false, refused, nil, nil, "find", "workday-400", true},
		"a refusal after an uncertain try is definite too": {true, false, nil, refused, nil, "find request", "workday-400", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			if c.there {
				w.made = []made{{refund: workday.Refund{Number: "A-1/R1500"}}}
			}
			w.find, w.request, w.submit = c.find, c.request, c.submit
			ctx := t.Context()
			if c.uncertain {
				ctx = queue.Uncertain(ctx)
			}
			f := fault.Of(build(t, nil, w)(ctx, back(1500)))
			if (f == nil) != (c.reason == "") || f != nil && (f.Reason != c.reason || f.Ambiguous != c.ambiguous) {
				t.Errorf("error %+v", f)
			}
			if got := strings.Join(w.calls, " "); got != c.calls {
				t.Errorf("calls %s; want %s", got, c.calls)
			}
		})
	}
}

// The claim of an event ends one day; its share does not.
func TestAnEventThatHadItsShareBeforeAsksFirst(t *testing.T) {
	w := newWorld()
	h := build(t, nil, w)
	for range 2 {
		if err := h(t.Context(), back(1500)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"request", "submit", "find", "submit"}, w.calls); diff != "" {
		t.Error(diff)
	}
	if w.booked() != 1500 {
		t.Errorf("booked %d", w.booked())
	}
}

func TestWhatCannotBeBookedIsRefused(t *testing.T) {
	euro := back(2500)
	euro.Data.Refunded.Currency = "EUR"
	unit := back(2500)
	unit.Data.Refunded.FractionDigits = 3
	for name, c := range map[string]struct {
		change map[string]string
		note   string
		event  event.Event[retail.OrderRefunded]
		want   string
	}{
		"a currency without a company": {map[string]string{"WORKDAY_COMPANIES": `{"EUR":"company=eu"}`}, "", back(2500), "finance-company: WORKDAY_COMPANIES: no company for USD"},
		"another currency than before": {nil, `{"currency":"USD","fractionDigits":2,"shares":[{"event":"e","from":0,"to":1}]}`, euro, "finance-currency: refund: expected the currency and minor unit of the order's earlier refunds"},
		"another unit than before":     {nil, `{"currency":"USD","fractionDigits":2,"shares":[{"event":"e","from":0,"to":1}]}`, unit, "finance-currency: refund: expected the currency and minor unit of the order's earlier refunds"},
		"a state that is none":         {nil, `{`, back(2500), "state-unreadable: order-refunded-finance: the stored value does not fit its type"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.store.Put("order-refunded-finance", "o-1", c.note)
			err := build(t, c.change, w)(t.Context(), c.event)
			if err == nil || err.Error() != c.want || fault.KindOf(err) != fault.Permanent || w.calls != nil {
				t.Errorf("%v after %v, want %s", err, w.calls, c.want)
			}
		})
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	for _, value := range []string{`{"EUR":""}`, "{}", "x", "null", `{"*":"Acme"}`} {
		s := settings()
		s["WORKDAY_COMPANIES"] = value
		if _, err := newHandler(config.Static(s, nil), newWorld(), newWorld().store); err == nil || !strings.Contains(err.Error(), "WORKDAY_COMPANIES") {
			t.Errorf("%s: %v", value, err)
		}
	}
}

// The answer is lost after each step in turn: the refund is found by its number,
// submitted where it was not, and never requested again.
func TestSampleAgainstTheDouble(t *testing.T) {
	body, err := os.ReadFile("../../../events-samples/signalbox/order.refunded.json")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := event.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.As[retail.OrderRefunded](raw)
	if err != nil {
		t.Fatal(err)
	}
	for step, fails := range map[string]connectortest.Fault{
		"/supplierInvoiceRequests": {Reset: true, After: true},
		"/submit":                  {Reset: true, After: true},
		// The process dies between the steps: the request is there, a draft.
		"/submit ": {Status: 503},
	} {
		double := workdaytest.New()
		server := connectortest.Serve(double)
		t.Cleanup(server.Close)
		s := settings()
		for name, value := range double.Settings(server.URL) {
			s[name] = value
		}
		s["WORKDAY_BASE_URL"] = server.URL
		values := config.Static(s, map[string]map[string]string{"workday": double.Secret()})
		client, err := workday.NewRefunds(values)
		if err != nil {
			t.Fatal(err)
		}
		h, err := newHandler(values, client, newWorld().store)
		if err != nil {
			t.Fatal(err)
		}
		server.Script(func(r *http.Request) *connectortest.Fault {
			if strings.HasSuffix(r.URL.Path, strings.TrimSpace(step)) {
				return &fails
			}
			return nil
		})
		if f := fault.Of(h(t.Context(), e)); f == nil || !f.Ambiguous {
			t.Fatalf("%s: error %+v", step, f)
		}
		server.Script(nil)
		if err := h(queue.Uncertain(t.Context()), e); err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		made := double.Refunds()
		if len(made) != 1 || made[0].Submitted.IsZero() || made[0].SuppliersInvoiceNumber != "SB-20419/R19115" || made[0].Value != "191.15" {
			t.Fatalf("%s: refunds %+v", step, made)
		}
		t.Run("by Workday's own document", func(t *testing.T) {
			judge := contract.Judge(t, "workday-accountspayable.json")
			for _, x := range server.Exchanges() {
				if strings.HasPrefix(x.Path, workdaytest.PayableRoot) {
					x.Path = strings.TrimPrefix(x.Path, workdaytest.PayableRoot)
					judge(x)
				}
			}
		})
	}
}
