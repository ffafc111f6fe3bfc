package commercetools

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

var arrived = time.Date(2026, 3, 20, 13, 5, 19, 402e6, time.UTC)

func dollars(cents int64) retail.Money {
	return retail.Money{Currency: "USD", Amount: cents, FractionDigits: 2}
}

// refunds returns the refunds that an order's payments were given, "756 i-1".
func refunds(t *testing.T, d *commercetoolstest.Double) string {
	t.Helper()
	var all []struct {
		Type, State, Timestamp, InteractionID string
		Amount                                struct{ CentAmount int64 }
	}
	if err := json.Unmarshal(d.Transactions(commercetoolstest.SampleOrder), &all, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, x := range all {
		if x.Type != "Refund" || x.State != "Initial" || x.Timestamp != "2026-03-20T13:05:19.402Z" {
			t.Errorf("transaction %+v", x)
		}
		lines = append(lines, fmt.Sprint(x.Amount.CentAmount, " ", x.InteractionID))
	}
	return strings.Join(lines, ", ")
}

// The sample order was charged 191.15.
func TestRefundIsAddedOncePerName(t *testing.T) {
	client, double, _ := serveReturns(t)
	for _, step := range []struct {
		name    string
		cents   int64
		outcome Refunded
		want    string
	}{
		{"i-1", 756, Requested, "756 i-1"},
		{"i-1", 756, Requested, "756 i-1"},
		{"i-2", 19000, Requested, "756 i-1, 18359 i-2"}, // never more than is left
		{"i-3", 100, NothingLeft, "756 i-1, 18359 i-2"},
		{"i-2", 19000, Requested, "756 i-1, 18359 i-2"},
	} {
		outcome, err := client.Refund(t.Context(), commercetoolstest.SampleOrder, step.name, dollars(step.cents), arrived)
		if err != nil || outcome != step.outcome {
			t.Errorf("Refund %s = %q, %v; want %q", step.name, outcome, err, step.outcome)
		}
		if got := refunds(t, double); got != step.want {
			t.Errorf("refunds %s; want %s", got, step.want)
		}
	}
	if n := len(double.Effects()); n != 2 {
		t.Errorf("%d effects", n)
	}
}

// transactions writes one payment, "Charge Success 500, Refund Initial 100 i-1".
func transactions(id, text string) string {
	var all []object
	for _, t := range strings.Split(text, ", ") {
		var kind, state, name string
		var cents int
		_, _ = fmt.Sscan(t, &kind, &state, &cents, &name)
		all = append(all, object{"type": kind, "state": state, "interactionId": name, "amount": object{"currencyCode": "USD", "centAmount": cents, "fractionDigits": 2}})
	}
	encoded, _ := json.Marshal(object{"id": id, "version": 3, "transactions": all})
	return string(encoded)
}

func TestWhatAPaymentGivesBack(t *testing.T) {
	for sentence, test := range map[string]struct {
		payments []string
		want     string // the parts, "p1 300", or the outcome or the reason
	}{
		"all that is asked, if it was charged":             {[]string{"Charge Success 500"}, "p1 300"},
		"no more than was charged":                         {[]string{"Charge Success 200"}, "p1 200"},
		"no more than is left":                             {[]string{"Charge Success 500, Refund Success 300"}, "p1 200"},
		"nor what is being refunded":                       {[]string{"Charge Success 500, Refund Initial 200, Refund Pending 200"}, "p1 100"},
		"nor what was charged back":                        {[]string{"Charge Success 500, Chargeback Success 300"}, "p1 200"},
		"but what failed to go back":                       {[]string{"Charge Success 500, Refund Failure 500"}, "p1 300"},
		"not what failed to be charged":                    {[]string{"Charge Failure 500, Authorization Failure 500"}, "nothing-charged"},
		"not what an earlier try gave back":                {[]string{"Charge Success 500, Refund Initial 300 i-1"}, ""},
		"not even if that failed: a person must look":      {[]string{"Charge Success 500, Refund Failure 300 i-1"}, ""},
		"the rest of what an earlier try gave back":        {[]string{"Charge Success 100, Refund Initial 100 i-1", "Charge Success 500"}, "p2 200"},
		"what a refund that failed did not take":           {[]string{"Charge Success 250, Refund Failure 100 i-1"}, "p1 200"},
		"from one payment after the other":                 {[]string{"Charge Success 100", "Charge Failure 9", "Charge Success 500"}, "p1 100, p3 200"},
		"nothing that is only authorized":                  {[]string{"Authorization Success 500"}, "commercetools-charge-pending"},
		"nothing that is still to be charged":              {[]string{"Charge Pending 500"}, "commercetools-charge-pending"},
		"nothing beyond what was charged, what else comes": {[]string{"Charge Success 100, Refund Success 100, Charge Pending 9"}, "nothing-left-to-refund"},
		"nothing without a payment":                        {nil, "nothing-charged"},
		"nothing that cannot be added up":                  {[]string{"Charge Success 9223372036854775807, Charge Success 1"}, "commercetools-payment-amount"},
		"nothing of an amount below 0":                     {[]string{"Charge Success -1"}, "commercetools-payment-amount"},
	} {
		t.Run(sentence, func(t *testing.T) {
			var payments []orderPayment
			for i, text := range test.payments {
				var p orderPayment
				if err := json.Unmarshal([]byte(transactions(fmt.Sprint("p", i+1), text)), &p); err != nil {
					t.Fatal(err)
				}
				payments = append(payments, p)
			}
			parts, outcome, err := split(payments, "i-1", dollars(300))
			got := string(outcome)
			for i, p := range parts {
				got += strings.Repeat(", ", min(i, 1)) + fmt.Sprint(p.id, " ", p.amount.Amount)
			}
			if f := fault.Of(err); f != nil {
				got = f.Reason
				if f.Kind != fault.Permanent {
					t.Errorf("%v is tried again", err)
				}
			}
			if got != test.want {
				t.Errorf("gives back %q, want %q", got, test.want)
			}
		})
	}
}

func TestAnotherUnitIsNotAddedUp(t *testing.T) {
	for _, unit := range []retail.Money{{Currency: "EUR", Amount: 1, FractionDigits: 2}, {Currency: "USD", Amount: 1, FractionDigits: 3}} {
		client, double, _ := serveReturns(t)
		_, err := client.Refund(t.Context(), commercetoolstest.SampleOrder, "i-1", unit, arrived)
		if f := fault.Of(err); f == nil || f.Reason != "commercetools-payment-currency" || f.Kind != fault.Permanent || refunds(t, double) != "" {
			t.Errorf("Refund of %+v: %v", unit, err)
		}
	}
}

func TestRefundIsTakenFromSeveralPayments(t *testing.T) {
	client, _, server := serveReturns(t)
	given := map[string]bool{}
	server.Script(func(r *http.Request) *connectortest.Fault {
		switch id := strings.TrimPrefix(r.URL.Path, "/acme-dev/payments/"); {
		case r.Method == http.MethodGet:
			gift, card := "Charge Success 100", "Charge Success 500"
			if given["gift"] {
				gift += ", Refund Initial 100 i-1"
			}
			if given["card"] {
				card += ", Refund Initial 200 i-1"
			}
			return &connectortest.Fault{Status: 200, Body: fmt.Sprintf(`{"id":%q,"version":1,"paymentInfo":{"payments":[{"obj":%s},{"obj":%s}]}}`,
				commercetoolstest.SampleOrder, transactions("gift", gift), transactions("card", card))}
		case id != r.URL.Path:
			given[id] = true
			return &connectortest.Fault{Status: 200, Body: `{}`}
		}
		return nil
	})
	outcome, err := client.Refund(t.Context(), commercetoolstest.SampleOrder, "i-1", dollars(300), arrived)
	if diff := cmp.Diff(map[string]bool{"gift": true, "card": true}, given); diff != "" || err != nil || outcome != Requested {
		t.Errorf("Refund = %q, %v\n%s", outcome, err, diff)
	}
}

func TestRefundSurvivesLostAnswersAndChanges(t *testing.T) {
	for sentence, broken := range map[string]connectortest.Fault{
		"a lost answer":       {Reset: true, After: true},
		"a 500 that was done": {Status: 500, After: true},
		"a 500 that was not":  {Status: 500},
		"a change meanwhile":  {Status: 409, Body: `{"statusCode":409,"errors":[{"code":"ConcurrentModification"}]}`},
	} {
		t.Run(sentence, func(t *testing.T) {
			client, double, server := serveReturns(t)
			failures := 0
			server.Script(func(r *http.Request) *connectortest.Fault {
				if strings.Contains(r.URL.Path, "/payments/") && failures < 2 {
					failures++
					return &broken
				}
				return nil
			})
			var err error
			for range 3 {
				if _, err = client.Refund(t.Context(), commercetoolstest.SampleOrder, "i-1", dollars(756), arrived); err == nil {
					break
				}
			}
			if got := refunds(t, double); err != nil || got != "756 i-1" || failures == 0 {
				t.Errorf("refunds %s, %v", got, err)
			}
		})
	}
}

func TestPaymentsThatCannotBeReadAreAPersons(t *testing.T) {
	double := commercetoolstest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	client, err := New(values(double, server.URL))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Refund(t.Context(), commercetoolstest.SampleOrder, "i-1", dollars(756), arrived)
	if f := fault.Of(err); f == nil || f.Reason != "commercetools-payment-unreadable" || f.Kind != fault.Permanent {
		t.Errorf("Refund without the scope: %v", err)
	}
	if _, err := client.Refund(t.Context(), "another", "i-1", dollars(756), arrived); fault.KindOf(err) != fault.Permanent {
		t.Errorf("Refund of an order that is gone: %v", err)
	}
}

// The trimmed document that the contract tests read has no payments, so that the
// request stands here word for word:
// https://docs.commercetools.com/api/projects/payments#add-transaction
func TestRefundRequest(t *testing.T) {
	client, _, server := serveReturns(t)
	if _, err := client.Refund(t.Context(), commercetoolstest.SampleOrder, "i-1", dollars(756), arrived); err != nil {
		t.Fatal(err)
	}
	exchanges := server.Exchanges()
	last := exchanges[len(exchanges)-1]
	want := `{"version":2,"actions":[{"action":"addTransaction","transaction":{"timestamp":"2026-03-20T13:05:19.402Z","type":"Refund","state":"Initial",` +
		`"interactionId":"i-1","amount":{"currencyCode":"USD","centAmount":756}}}]}`
	if got := string(last.Body); got != want || last.Method+" "+last.Path != "POST /acme-dev/payments/8b9cad1e-2f30-4b4c-9d5e-6f708192a3b4" {
		t.Errorf("%s %s\n%s\nwant\n%s", last.Method, last.Path, got, want)
	}
}

// FuzzRefund holds that whatever is answered, never more than was asked for is
// given back, and every failure is classified.
func FuzzRefund(f *testing.F) {
	f.Add([]byte(`[{"obj":` + transactions("p", "Charge Success 500, Refund Initial 100 i-2") + `}]`))
	f.Add([]byte(`[null,{"obj":{"id":"p","version":1,"transactions":[null,{"type":"Charge","state":"Success"}]}}]`))
	client, _, server := serveReturns(f)
	f.Fuzz(func(t *testing.T, payments []byte) {
		server.Script(func(r *http.Request) *connectortest.Fault {
			if r.Method == http.MethodGet {
				return &connectortest.Fault{Status: 200, Body: `{"id":"o","version":1,"paymentInfo":{"payments":` + string(payments) + `}}`}
			}
			return nil
		})
		found, err := client.payments(t.Context(), "o")
		if err == nil {
			var parts []part
			var sum int64
			parts, _, err = split(found, "i-1", dollars(300))
			for _, p := range parts {
				if sum += p.amount.Amount; p.amount.Amount < 1 || sum > 300 {
					t.Errorf("%s gives back %+v", payments, parts)
				}
			}
		}
		if err != nil && fault.Of(err).Reason == "unclassified" {
			t.Errorf("%s: %v", payments, err)
		}
	})
}
