package workday_test

import (
	"context"
	"flag"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/workday"
	"signalbox/shared/connector/workday/workdaytest"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func payment() workday.Payment {
	return workday.Payment{
		Company: "cb550da820584750aae8f807882fa79a", Type: "9b0a9c37f68c4d3c82d7a9d5e1f04b2e", Customer: "f1a5c1f6d2b04c1aa7a5c3a1e2b3c4d5",
		Amount: retail.Money{Currency: "USD", Amount: 4999, FractionDigits: 2}, Date: time.Date(2026, 2, 3, 23, 30, 0, 0, time.FixedZone("", -3600)),
		TransactionNumber: "A-100045", Memo: "Order A-100045, event e-1",
	}
}

func serve(t testing.TB, double *workdaytest.Double, secret map[string]string) (*workday.Client, *connectortest.Server) {
	t.Helper()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	client, err := connect(double, map[string]string{"WORKDAY_BASE_URL": server.URL}, secret)
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

func connect(double *workdaytest.Double, settings, secret map[string]string) (*workday.Client, error) {
	all, keys := double.Settings(""), double.Secret()
	maps.Copy(all, settings)
	maps.Copy(keys, secret)
	return workday.New(config.Static(all, map[string]map[string]string{"workday": keys}))
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// document is an exchange as Workday's document knows it, below the tenant.
func document(x connectortest.Exchange) connectortest.Exchange {
	x.Path = strings.TrimPrefix(x.Path, workdaytest.Root)
	return x
}

func TestAPaymentIsRecordedAndFound(t *testing.T) {
	double := workdaytest.New()
	client, server := serve(t, double, nil)
	if _, found, err := client.FindPayment(within(t), "A-100045"); found || err != nil {
		t.Errorf("before: found %t, %v", found, err)
	}
	id, err := client.RecordPayment(within(t), payment())
	if err != nil {
		t.Fatal(err)
	}
	again, found, err := client.FindPayment(within(t), "A-100045")
	if again != id || !found || err != nil {
		t.Errorf("after: %q, found %t, %v; want %q", again, found, err, id)
	}
	if _, found, err := client.FindPayment(within(t), "A-1"); found || err != nil {
		t.Errorf("another: found %t, %v", found, err)
	}
	recorded := double.Payments()
	if len(recorded) != 1 || recorded[0].Value != "49.99" || recorded[0].Date != "2026-02-04" || recorded[0].TransactionNumber != "A-100045" {
		t.Errorf("recorded %+v", recorded)
	}
	var paths []string
	for _, x := range server.Exchanges() {
		paths = append(paths, x.Method+" "+x.Path)
	}
	report := "GET /ccx/service/customreport2/acme_impl/ISU_Signalbox/Customer_Payments"
	if diff := cmp.Diff([]string{"POST /ccx/oauth2/acme_impl/token", report, "POST " + workdaytest.Root + "/payments", report, report}, paths); diff != "" {
		t.Errorf("one token for all:\n%s", diff)
	}
	golden(t, "testdata/payment.json", server.Exchanges()[2].Body)
	t.Run("by its own document", func(t *testing.T) {
		contract.JudgeBoth(t, "workday-customeraccounts.json")(document(server.Exchanges()[2]))
	})
}

func TestWhatAPaymentNeedsIsCheckedBeforeItIsSent(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*workday.Payment)
		want   string
	}{
		"a company":                 {func(p *workday.Payment) { p.Company = "" }, "company: expected a Workday id"},
		"a company's own id":        {func(p *workday.Payment) { p.Company = "Acme GmbH" }, "company: expected a Workday id"},
		"a type":                    {func(p *workday.Payment) { p.Type = "" }, "type: expected a Workday id"},
		"a customer":                {func(p *workday.Payment) { p.Customer = "" }, "remitFromCustomer: expected a Workday id"},
		"an amount":                 {func(p *workday.Payment) { p.Amount.Amount = 0 }, "amount.value: expected an amount above 0"},
		"an amount that is no debt": {func(p *workday.Payment) { p.Amount.Amount = -4999 }, "amount.value: expected an amount above 0"},
		"a currency":                {func(p *workday.Payment) { p.Amount.Currency = "" }, "amount.currency: expected an ISO 4217 code such as EUR"},
		"a date":                    {func(p *workday.Payment) { p.Date = time.Time{} }, "date: expected a date"},
		"a number":                  {func(p *workday.Payment) { p.TransactionNumber = "" }, "transactionNumber: expected a non-empty string"},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := serve(t, workdaytest.New(), nil)
			p := payment()
			c.change(&p)
			_, err := client.RecordPayment(within(t), p)
			if err == nil || err.Error() != "invalid-event: payment."+c.want || fault.KindOf(err) != fault.Invalid || len(server.Exchanges()) != 0 {
				t.Errorf("%v after %d requests, want %s", err, len(server.Exchanges()), c.want)
			}
		})
	}
}

func TestAmountsAreExactInTheCurrencysOwnUnit(t *testing.T) {
	for want, m := range map[string]retail.Money{
		"1999 JPY":                 {Currency: "JPY", Amount: 1999},
		"1.999 KWD":                {Currency: "KWD", Amount: 1999, FractionDigits: 3},
		"0.05 EUR":                 {Currency: "EUR", Amount: 5, FractionDigits: 2},
		"90071992547409.93 EUR":    {Currency: "EUR", Amount: 1<<53 + 1, FractionDigits: 2},
		"92233720368547758.07 EUR": {Currency: "EUR", Amount: 1<<63 - 1, FractionDigits: 2},
	} {
		double := workdaytest.New()
		client, _ := serve(t, double, nil)
		p := payment()
		p.Amount = m
		if _, err := client.RecordPayment(within(t), p); err != nil {
			t.Fatal(err)
		}
		if got := double.Payments()[0]; got.Value+" "+got.Currency != want {
			t.Errorf("%s %s, want %s", got.Value, got.Currency, want)
		}
	}
}

// A payment that may have been recorded is never recorded again by the client.
func TestRecordingIsNotRepeated(t *testing.T) {
	for name, f := range map[string]connectortest.Fault{
		"a reset after it was recorded": {Reset: true, After: true},
		"a 503 after it was recorded":   {Status: 503, After: true},
		"half an answer":                {Half: true},
		"an answer without an id":       {Status: 201, Body: `{}`, After: true},
	} {
		t.Run(name, func(t *testing.T) {
			double := workdaytest.New()
			client, server := serve(t, double, nil)
			server.Script(func(r *http.Request) *connectortest.Fault {
				if strings.HasSuffix(r.URL.Path, "/payments") {
					return &f
				}
				return nil
			})
			_, err := client.RecordPayment(within(t), payment())
			if f := fault.Of(err); f == nil || !f.Ambiguous || f.Kind != fault.Retryable || len(double.Payments()) != 1 {
				t.Errorf("%+v, %d payments", f, len(double.Payments()))
			}
			if _, found, err := client.FindPayment(within(t), "A-100045"); !found || err != nil {
				t.Errorf("found %t, %v", found, err)
			}
		})
	}
}

// What a report says that is not understood must not pass for "there is none".
func TestReportThatSaysNeither(t *testing.T) {
	for name, c := range map[string]struct {
		body  string
		found bool
		clear bool
	}{
		"no entries":                          {`{"Report_Entry":[]}`, false, true},
		"a report that ignores the prompt":    {`{"Report_Entry":[{"Transaction_Number":"A-1","Workday_ID":"1"},{"Transaction_Number":"A-100045","Workday_ID":"2"}]}`, true, true},
		"payments of other orders alone":      {`{"Report_Entry":[{"Transaction_Number":"A-1","Workday_ID":"1"}]}`, false, true},
		"no list at all":                      {`{}`, false, false},
		"a list that is null":                 {`{"Report_Entry":null}`, false, false},
		"a row without the number":            {`{"Report_Entry":[{"Workday_ID":"1"}]}`, false, false},
		"a row without the id":                {`{"Report_Entry":[{"Transaction_Number":"A-100045"}]}`, false, false},
		"a page to log in":                    {`<html>`, false, false},
		"a number that is none of the report": {`{"Report_Entry":[{"Transaction_Number":100045,"Workday_ID":"1"}]}`, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := serve(t, workdaytest.New(), nil)
			server.Script(func(r *http.Request) *connectortest.Fault {
				if strings.Contains(r.URL.Path, "customreport2") {
					return &connectortest.Fault{Status: 200, Body: c.body}
				}
				return nil
			})
			id, found, err := client.FindPayment(within(t), "A-100045")
			if found != c.found || (err == nil) != c.clear || found && id != "2" {
				t.Errorf("%q, found %t, %v", id, found, err)
			}
			if f := fault.Of(err); !c.clear && (f.Reason != "workday-answer" || !f.Ambiguous) {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestWorkdayRefuses(t *testing.T) {
	double := workdaytest.New()
	client, server := serve(t, double, nil)
	double.Revoke()
	if _, err := client.RecordPayment(within(t), payment()); err != nil {
		t.Errorf("with a revoked token: %v", err)
	}
	other, err := connect(double, map[string]string{"WORKDAY_BASE_URL": server.URL}, map[string]string{"refresh_token": "other"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = other.RecordPayment(within(t), payment())
	if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || f.Ambiguous || f.Reason != "workday-token-400" {
		t.Errorf("another refresh token: %v", err)
	}
	double.Revoke()
	if _, err := client.RecordPayment(within(t), payment()); err != nil || len(double.Payments()) != 2 {
		t.Errorf("a token that was revoked meanwhile: %v, %d payments", err, len(double.Payments()))
	}
}

func TestFaultsOfRequests(t *testing.T) {
	const validation = `{"error":"Max Mustermann","errors":[{"error":"A147: Enter a payment type for Max Mustermann."},{"error":"no code","code":"A144"}]}`
	for name, c := range map[string]struct {
		fault  connectortest.Fault
		kind   fault.Kind
		want   string
		after  time.Duration
		unsure bool
	}{
		"a validation":           {connectortest.Fault{Status: 400, Body: validation}, fault.Permanent, "workday-400: A147 A144", 0, false},
		"a refusal with a text":  {connectortest.Fault{Status: 403, Body: `{"error":"Max Mustermann"}`}, fault.Permanent, "workday-403: Forbidden", 0, false},
		"a page instead of JSON": {connectortest.Fault{Status: 404, Body: `<html>`}, fault.Permanent, "workday-404: Not Found", 0, false},
		"429 with a wait":        {connectortest.Fault{Status: 429, Header: http.Header{"Retry-After": {"12"}}}, fault.Retryable, "workday-429: Too Many Requests", 12 * time.Second, false},
		"500":                    {connectortest.Fault{Status: 500}, fault.Retryable, "workday-500: Internal Server Error", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			double := workdaytest.New()
			client, server := serve(t, double, nil)
			server.Script(func(r *http.Request) *connectortest.Fault {
				if strings.HasSuffix(r.URL.Path, "/payments") {
					return &c.fault
				}
				return nil
			})
			_, err := client.RecordPayment(within(t), payment())
			f := fault.Of(err)
			if f == nil || f.Kind != c.kind || err.Error() != c.want || f.RetryAfter != c.after || f.Ambiguous != c.unsure || len(double.Payments()) != 0 {
				t.Errorf("got %v (%+v), want %v %s after %v ambiguous %v", err, f, c.kind, c.want, c.after, c.unsure)
			}
		})
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ settings, secret map[string]string }{
		"WORKDAY_TENANT":         {map[string]string{"WORKDAY_TENANT": "a/b"}, nil},
		"WORKDAY_HOST":           {map[string]string{"WORKDAY_HOST": "https://x"}, nil},
		"WORKDAY_PAYMENT_REPORT": {map[string]string{"WORKDAY_PAYMENT_REPORT": "../x"}, nil},
		"client_id":              {nil, map[string]string{"client_id": ""}},
		"client_secret":          {nil, map[string]string{"client_secret": ""}},
		"refresh_token":          {nil, map[string]string{"refresh_token": ""}},
		"base URL":               {map[string]string{"WORKDAY_BASE_URL": "http://services1.myworkday.com"}, nil},
	} {
		if _, err := connect(workdaytest.New(), c.settings, c.secret); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s in it", err, name)
		}
	}
	if _, err := connect(workdaytest.New(), nil, nil); err != nil {
		t.Errorf("the host alone: %v", err)
	}
}

func TestTheDoubleRefusesWhatWorkdayRefuses(t *testing.T) {
	double := workdaytest.New()
	client, server := serve(t, double, nil)
	if _, err := client.RecordPayment(within(t), payment()); err != nil {
		t.Fatal(err)
	}
	token := server.Exchanges()[1].Header.Get("Authorization")
	for body, want := range map[string]string{
		`{"type":{"id":"t"},"date":"2026-02-03","amount":{"value":"1","currency":"USD"}}`:                                              "A144",
		`{"company":{"id":"c"},"type":{"id":"t"},"date":"2026-02-03","amount":{"value":"0.00","currency":"USD"}}`:                      "A152",
		`{"company":{"id":"c"},"type":{"id":"t"},"date":"2026-02-03","amount":{"value":"-1","currency":"USD"}}`:                        "A152",
		`{"company":{"id":"c"},"type":{"id":"t"},"date":"2026-02-03","amount":{"value":"1"}}`:                                          "A146",
		`{"company":{"id":"c"},"date":"2026-02-03","amount":{"value":"1","currency":"USD"}}`:                                           "A147",
		`{"company":{"id":"c"},"type":{"id":"t"},"date":"soon","amount":{"value":"1","currency":"USD"}}`:                               "A149",
		`{"company":{"id":"c"},"type":{"id":"t"},"date":"2026-02-03","amount":{"value":"1","currency":"USD"},"readyToAutoApply":true}`: "A145",
	} {
		r, err := http.NewRequestWithContext(within(t), http.MethodPost, server.URL+workdaytest.Root+"/payments", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", token)
		r.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		exchanges := server.Exchanges()
		last := exchanges[len(exchanges)-1]
		if last.Status != 400 || !strings.Contains(string(last.Response), want) {
			t.Errorf("%s: %d %s, want %s", body, last.Status, last.Response, want)
		}
		t.Run("by its own document, "+want, func(t *testing.T) {
			contract.JudgeAnswer(t, "workday-customeraccounts.json")(document(last))
		})
	}
	if len(double.Payments()) != 1 {
		t.Errorf("%d payments", len(double.Payments()))
	}
}

// Whatever a tenant answers, the fault is classified and quotes nothing.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"error":"m","errors":[{"error":"A147 m"}]}`), 400)
	f.Add([]byte(`{"Report_Entry":[{"Transaction_Number":"m","Workday_ID":"m"}]}`), 200)
	f.Add([]byte(`{"id":"m"}`), 201)
	client, server := serve(f, workdaytest.New(), nil)
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		if status < 200 || status > 599 || status == 401 {
			return
		}
		marked := strings.ReplaceAll(string(body), "m", "sentinel@4711")
		server.Script(func(r *http.Request) *connectortest.Fault {
			if strings.HasSuffix(r.URL.Path, "/token") {
				return nil
			}
			return &connectortest.Fault{Status: status, Body: marked}
		})
		_, found, asked := client.FindPayment(t.Context(), "A-100045")
		_, made := client.RecordPayment(t.Context(), payment())
		for _, err := range []error{asked, made} {
			if err != nil && (strings.Contains(err.Error(), "sentinel@4711") || fault.Of(err).Reason == "unclassified") {
				t.Errorf("%v", err)
			}
		}
		if found && asked != nil {
			t.Errorf("found beside %v", asked)
		}
	})
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	indented := jsontext.Value(append([]byte(nil), got...))
	if err := indented.Indent(jsontext.WithIndent("  ")); err != nil {
		t.Fatal(err)
	}
	text := string(indented) + "\n"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-update rewrites it):\n%s", path, diff)
	}
}

func TestIDs(t *testing.T) {
	for id, want := range map[string]bool{
		"cb550da820584750aae8f807882fa79a": true, "123$456": true, "Company_Reference_ID=ACME": true,
		"": false, "acme": false, "CB550DA820584750AAE8F807882FA79A": false, "Company ID=ACME": false,
	} {
		if workday.IsID(id) != want {
			t.Errorf("%q: %t", id, !want)
		}
	}
}
