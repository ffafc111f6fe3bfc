package workday_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/workday"
	"signalbox/shared/connector/workday/workdaytest"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

func refund() workday.Refund {
	return workday.Refund{
		Company: "cb550da820584750aae8f807882fa79a", Amount: retail.Money{Currency: "USD", Amount: 1500, FractionDigits: 2},
		Date: time.Date(2026, 2, 3, 23, 30, 0, 0, time.FixedZone("", -3600)), Number: "A-100045/R2500", Memo: "Order A-100045, event e-1",
	}
}

func refunds(t testing.TB, double *workdaytest.Double, settings map[string]string) (*workday.Refunds, *connectortest.Server) {
	t.Helper()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	all := double.Settings("")
	all["WORKDAY_BASE_URL"] = server.URL
	all["WORKDAY_REFUND_SUPPLIER"] = "a7c5c1f6d2b04c1aa7a5c3a1e2b3c4d5"
	maps.Copy(all, settings)
	client, err := workday.NewRefunds(config.Static(all, map[string]map[string]string{"workday": double.Secret()}))
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

// payable is an exchange as the document of accountsPayable knows it.
func payable(x connectortest.Exchange) connectortest.Exchange {
	x.Path = strings.TrimPrefix(x.Path, workdaytest.PayableRoot)
	return x
}

func TestARefundIsRequestedSubmittedAndFound(t *testing.T) {
	double := workdaytest.New()
	client, server := refunds(t, double, nil)
	if _, found, err := client.Find(within(t), "A-100045/R2500"); found || err != nil {
		t.Errorf("before: found %t, %v", found, err)
	}
	id, err := client.Request(within(t), refund())
	if err != nil {
		t.Fatal(err)
	}
	if again, found, err := client.Find(within(t), "A-100045/R2500"); again != id || !found || err != nil {
		t.Errorf("after: %q, found %t, %v; want %q", again, found, err, id)
	}
	if err := client.Submit(within(t), id); err != nil {
		t.Fatal(err)
	}
	if err := client.Submit(within(t), id); err == nil || fault.KindOf(err) != fault.Permanent || err.Error() != workday.NotSubmittable+": status 400" {
		t.Errorf("submitted twice: %v", err)
	}
	if err := client.Submit(within(t), "another"); err == nil || err.Error() != "workday-404: Not Found" {
		t.Errorf("submitted another: %v", err)
	}
	made := double.Refunds()
	if len(made) != 1 || made[0].Value != "15.00" || made[0].Currency != "Currency_ID=USD" || made[0].InvoiceDate != "2026-02-04" || made[0].LineValue != "15.00" || made[0].LineTag != "" {
		t.Errorf("made %+v", made)
	}
	if effects := double.Effects(); len(effects) != 2 || effects[0].Reference != "A-100045" {
		t.Errorf("effects %+v", effects)
	}
	exchanges := server.Exchanges()
	golden(t, "testdata/refund.json", exchanges[2].Body)
	t.Run("by its own document", func(t *testing.T) {
		judge := contract.JudgeBoth(t, "workday-accountspayable.json")
		for _, i := range []int{2, 4, 5, 6} {
			judge(payable(exchanges[i]))
		}
	})
}

func TestTheRefundsLineHasTheSpendCategoryOfTheSettings(t *testing.T) {
	double := workdaytest.New()
	client, server := refunds(t, double, map[string]string{"WORKDAY_REFUND_SPEND_CATEGORY": "Spend_Category_ID=Refunds"})
	if _, err := client.Request(within(t), refund()); err != nil {
		t.Fatal(err)
	}
	if made := double.Refunds(); len(made) != 1 || made[0].LineTag != "Spend_Category_ID=Refunds" {
		t.Errorf("made %+v", made)
	}
	t.Run("by its own document", func(t *testing.T) {
		contract.Judge(t, "workday-accountspayable.json")(payable(server.Exchanges()[1]))
	})
}

func TestWhatARefundNeedsIsCheckedBeforeItIsSent(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*workday.Refund)
		want   string
	}{
		"a company":           {func(r *workday.Refund) { r.Company = "Acme GmbH" }, "company: expected a Workday id"},
		"an amount":           {func(r *workday.Refund) { r.Amount.Amount = 0 }, "amount.value: expected an amount above 0"},
		"an amount that goes": {func(r *workday.Refund) { r.Amount.Amount = -1 }, "amount.value: expected an amount above 0"},
		"a currency":          {func(r *workday.Refund) { r.Amount.Currency = "" }, "amount.currency: expected an ISO 4217 code such as EUR"},
		"a date":              {func(r *workday.Refund) { r.Date = time.Time{} }, "date: expected a date"},
		"a number":            {func(r *workday.Refund) { r.Number = "" }, "number: expected a non-empty string"},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := refunds(t, workdaytest.New(), nil)
			r := refund()
			c.change(&r)
			_, err := client.Request(within(t), r)
			if err == nil || err.Error() != "invalid-event: refund."+c.want || len(server.Exchanges()) != 0 {
				t.Errorf("%v after %d requests, want %s", err, len(server.Exchanges()), c.want)
			}
		})
	}
}

// Neither step is repeated by the client when its outcome is unknown.
func TestRefundingIsNotRepeated(t *testing.T) {
	for name, f := range map[string]connectortest.Fault{
		"a reset":               {Reset: true, After: true},
		"a 503":                 {Status: 503, After: true},
		"half an answer":        {Half: true},
		"an answer without id":  {Status: 201, Body: `{}`, After: true},
		"an answer that is not": {Status: 201, Body: `<html>`, After: true},
	} {
		t.Run(name, func(t *testing.T) {
			double := workdaytest.New()
			client, server := refunds(t, double, nil)
			server.Script(func(r *http.Request) *connectortest.Fault {
				if strings.Contains(r.URL.Path, "accountsPayable") {
					return &f
				}
				return nil
			})
			_, err := client.Request(within(t), refund())
			if f := fault.Of(err); f == nil || !f.Ambiguous || len(double.Refunds()) != 1 {
				t.Fatalf("%+v, %d requests", f, len(double.Refunds()))
			}
			id, found, err := client.Find(within(t), "A-100045/R2500")
			if !found || err != nil {
				t.Fatalf("found %t, %v", found, err)
			}
			if f := fault.Of(client.Submit(within(t), id)); f == nil || !f.Ambiguous || double.Refunds()[0].Submitted.IsZero() {
				t.Errorf("submitted: %+v", f)
			}
		})
	}
}

// Only what the report understands may say that there is no refund; and what
// Workday's message is never quoted, only read.
func TestRefundsAnswersThatSayNeither(t *testing.T) {
	client, server := refunds(t, workdaytest.New(), nil)
	say := connectortest.Fault{Status: 200, Body: `{"Report_Entry":[{"Transaction_Number":"A-100045/R2500","Workday_ID":"1"}]}`}
	server.Script(func(r *http.Request) *connectortest.Fault {
		if strings.HasSuffix(r.URL.Path, "/token") {
			return nil
		}
		return &say
	})
	if _, found, err := client.Find(within(t), "A-100045/R2500"); found || err == nil || fault.Of(err).Reason != "workday-answer" {
		t.Errorf("another report: found %t, %v", found, err)
	}
	say = connectortest.Fault{Status: 400, Body: `{"error":"validation error","errors":[{"error":"sentinel is not in submittable status."}]}`}
	if err := client.Submit(within(t), "1"); err == nil || err.Error() != workday.NotSubmittable+": status 400" {
		t.Errorf("submitted: %v", err)
	}
	say.Status = 500
	if f := fault.Of(client.Submit(within(t), "1")); f == nil || f.Kind != fault.Retryable || !f.Ambiguous {
		t.Errorf("the same words with a 500: %+v", f)
	}
	say = connectortest.Fault{Status: 400, Body: `{"error":"You cannot submit this due to Critical Custom Validations."}`}
	if err := client.Submit(within(t), "1"); err == nil || err.Error() != "workday-400: Bad Request" {
		t.Errorf("a tenant's own validation: %v", err)
	}
}

func TestNewRefundsNamesWhatIsWrong(t *testing.T) {
	double := workdaytest.New()
	for name, value := range map[string]string{
		"WORKDAY_REFUND_SUPPLIER": "Refunds", "WORKDAY_REFUND_REPORT": "../x", "WORKDAY_REFUND_SPEND_CATEGORY": "Refunds", "WORKDAY_TENANT": "a/b",
	} {
		all := double.Settings("")
		all["WORKDAY_REFUND_SUPPLIER"] = "a7c5c1f6d2b04c1aa7a5c3a1e2b3c4d5"
		all[name] = value
		if _, err := workday.NewRefunds(config.Static(all, map[string]map[string]string{"workday": double.Secret()})); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever a tenant answers, the fault is classified and quotes nothing.
func FuzzRefundAnswer(f *testing.F) {
	f.Add([]byte(`{"error":"m","errors":[{"error":"m not in submittable status"}]}`), 400)
	f.Add([]byte(`{"Report_Entry":[{"Suppliers_Invoice_Number":"m","Workday_ID":"m"}]}`), 200)
	f.Add([]byte(`{"id":"m"}`), 201)
	double := workdaytest.New()
	server := connectortest.Serve(double)
	f.Cleanup(server.Close)
	all := double.Settings("")
	all["WORKDAY_BASE_URL"], all["WORKDAY_REFUND_SUPPLIER"] = server.URL, "a7c5c1f6d2b04c1aa7a5c3a1e2b3c4d5"
	client, err := workday.NewRefunds(config.Static(all, map[string]map[string]string{"workday": double.Secret()}))
	if err != nil {
		f.Fatal(err)
	}
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
		_, found, asked := client.Find(t.Context(), "A-100045/R2500")
		_, made := client.Request(t.Context(), refund())
		for _, err := range []error{asked, made, client.Submit(t.Context(), "1")} {
			if err != nil && (strings.Contains(err.Error(), "sentinel@4711") || fault.Of(err).Reason == "unclassified") {
				t.Errorf("%v", err)
			}
		}
		if found && asked != nil {
			t.Errorf("found beside %v", asked)
		}
	})
}
