package salesforce_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"flag"
	"maps"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/salesforce"
	"signalbox/shared/connector/salesforce/salesforcetest"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func order() retail.Order {
	return retail.Order{
		ID: "o-1", Number: "A-100045", Version: 1, PlacedAt: time.Date(2026, 2, 3, 9, 15, 22, 314e6, time.UTC),
		Customer: retail.Customer{ID: "c-1", Email: "max@example.com", FirstName: "Max", LastName: "Muster"},
		Total:    retail.Money{Currency: "EUR", Amount: 12480, FractionDigits: 2},
		ShipTo:   &retail.Address{LastName: "Muster", Street: "Hauptstr. 1", Country: "DE"},
	}
}

// key serves all organizations of these tests: making one takes a while.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// serve starts an organization and a client for it; settings replace the double's.
func serve(t *testing.T, settings map[string]string) (*salesforce.Client, *salesforcetest.Double, *connectortest.Server) {
	t.Helper()
	double := salesforcetest.NewWithKey(key())
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	client, err := salesforce.New(values(double, server.URL, settings, nil))
	if err != nil {
		t.Fatal(err)
	}
	return client, double, server
}

func values(d *salesforcetest.Double, url string, settings, secret map[string]string) config.Values {
	all := d.Settings(url)
	all["SALESFORCE_BASE_URL"] = url
	maps.Copy(all, settings)
	keys := d.Secret()
	maps.Copy(keys, secret)
	return config.Static(all, map[string]map[string]string{"salesforce": keys})
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func upsertBoth(ctx context.Context, c *salesforce.Client, o retail.Order) error {
	if err := c.UpsertCustomer(ctx, o.Customer); err != nil {
		return err
	}
	return c.UpsertOrder(ctx, o)
}

func TestRequestsAreAsSalesforceSays(t *testing.T) {
	client, double, server := serve(t, nil)
	if err := upsertBoth(within(t), client, order()); err != nil {
		t.Fatal(err)
	}
	for i, file := range []string{1: "testdata/customer.json", 2: "testdata/order.json"} {
		if file != "" {
			golden(t, file, server.Exchanges()[i].Body)
		}
	}
	want := map[string]any{
		"Id": "a01000000000002AAA", "CT_Order_Id__c": "o-1", "OrderNumber__c": "A-100045", "TotalAmount__c": 124.8,
		"CurrencyIsoCode": "EUR", "PlacedAt__c": "2026-02-03T09:15:22.314Z",
		"Account__r": map[string]any{"CT_Customer_Id__c": "c-1"},
	}
	if diff := cmp.Diff(want, double.Record("Order__c", "o-1")); diff != "" {
		t.Error(diff)
	}
	if double.Tokens() != 1 {
		t.Errorf("%d tokens were fetched, want 1 for both requests", double.Tokens())
	}
	t.Run("by its own document", func(t *testing.T) {
		judge := contract.JudgeBoth(t, "salesforce.json")
		for _, x := range server.Exchanges()[1:] {
			judge(x)
		}
	})
}

func TestARepetitionIsNoSecondEffect(t *testing.T) {
	client, double, _ := serve(t, nil)
	for range 3 {
		if err := upsertBoth(within(t), client, order()); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, e := range double.Effects() {
		got = append(got, e.Reference+": "+e.What)
	}
	if diff := cmp.Diff([]string{"c-1: Account created", "o-1: Order__c created"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyWhatIsMappedLeavesTheHouse(t *testing.T) {
	for name, c := range map[string]struct {
		settings map[string]string
		sent     []string
		kept     []string
	}{
		"by default the name alone": {
			nil,
			[]string{`"Name":"Max Muster"`},
			[]string{"max@example.com", "Hauptstr", "\"Max\""},
		},
		"an e-mail address where a stage maps it": {
			map[string]string{"SALESFORCE_CUSTOMER_FIELDS": `{"name":"Name","email":"Email__c"}`},
			[]string{`"Name":"Max Muster"`, `"Email__c":"max@example.com"`},
			[]string{"Hauptstr"},
		},
		"no currency to an organization with one": {
			map[string]string{"SALESFORCE_ORDER_FIELDS": `{"total":"TotalAmount__c"}`},
			[]string{`"TotalAmount__c":124.80`},
			[]string{"CurrencyIsoCode", "A-100045", "Account__r"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, _, server := serve(t, c.settings)
			if err := upsertBoth(within(t), client, order()); err != nil {
				t.Fatal(err)
			}
			var all strings.Builder
			for _, x := range server.Exchanges()[1:] {
				all.Write(x.Body)
			}
			for _, s := range c.sent {
				if !strings.Contains(all.String(), s) {
					t.Errorf("%s was not sent: %s", s, &all)
				}
			}
			for _, s := range c.kept {
				if strings.Contains(all.String(), s) {
					t.Errorf("%s was sent: %s", s, &all)
				}
			}
		})
	}
}

func TestACustomerWithoutAName(t *testing.T) {
	client, double, _ := serve(t, nil)
	nameless := retail.Customer{ID: "c-1", Email: "max@example.com"}
	if err := client.UpsertCustomer(within(t), nameless); err != nil {
		t.Fatal(err)
	}
	if got := double.Record("Account", "c-1")["Name"]; got != "c-1" {
		t.Errorf("a new record is named %v, want the customer's id", got)
	}
	if err := client.UpsertCustomer(within(t), order().Customer); err != nil {
		t.Fatal(err)
	}
	if err := client.UpsertCustomer(within(t), nameless); err != nil {
		t.Fatal(err)
	}
	if got := double.Record("Account", "c-1")["Name"]; got != "Max Muster" {
		t.Errorf("a known name became %v", got)
	}
}

func TestAGuestsOrderNamesNoCustomer(t *testing.T) {
	client, double, _ := serve(t, nil)
	o := order()
	o.Customer = retail.Customer{Email: "guest@example.com"}
	if err := client.UpsertOrder(within(t), o); err != nil {
		t.Fatal(err)
	}
	if r := double.Record("Order__c", "o-1"); r == nil || r["Account__r"] != nil {
		t.Errorf("the record is %v", r)
	}
}

func TestRecordErrors(t *testing.T) {
	for name, c := range map[string]struct {
		code   string
		fields []string
		kind   fault.Kind
		after  time.Duration
		unsure bool
		want   string
	}{
		"a locked row":          {"UNABLE_TO_LOCK_ROW", nil, fault.Retryable, 0, false, "salesforce-unable-to-lock-row: Order__c: UNABLE_TO_LOCK_ROW"},
		"the day's requests":    {"REQUEST_LIMIT_EXCEEDED", nil, fault.Retryable, 15 * time.Minute, false, "salesforce-request-limit-exceeded: Order__c: REQUEST_LIMIT_EXCEEDED"},
		"a busy server":         {"SERVER_UNAVAILABLE", nil, fault.Retryable, 0, true, "salesforce-server-unavailable: Order__c: SERVER_UNAVAILABLE"},
		"a missing field":       {"REQUIRED_FIELD_MISSING", []string{"Region__c", "Owner"}, fault.Permanent, 0, false, "salesforce-required-field-missing: Order__c: REQUIRED_FIELD_MISSING [Region__c Owner]"},
		"a second unique value": {"DUPLICATE_VALUE", []string{"OrderNumber__c"}, fault.Permanent, 0, false, "salesforce-duplicate-value: Order__c: DUPLICATE_VALUE [OrderNumber__c]"},
		"a lost race of two that insert": {"DUPLICATE_VALUE", []string{"CT_Order_Id__c"}, fault.Retryable, 0, false,
			"salesforce-duplicate-value: Order__c: DUPLICATE_VALUE [CT_Order_Id__c]"},
		"a validation rule":       {"FIELD_CUSTOM_VALIDATION_EXCEPTION", nil, fault.Permanent, 0, false, "salesforce-field-custom-validation-exception: Order__c: FIELD_CUSTOM_VALIDATION_EXCEPTION"},
		"a code that is no code":  {"max@example.com", nil, fault.Permanent, 0, false, "salesforce-unnamed-error: Order__c: UNNAMED_ERROR"},
		"a field that is no name": {"INVALID_FIELD", []string{"max@example.com", "A__c"}, fault.Permanent, 0, false, "salesforce-invalid-field: Order__c: INVALID_FIELD [A__c]"},
	} {
		t.Run(name, func(t *testing.T) {
			client, double, server := serve(t, nil)
			o := order()
			o.Customer = retail.Customer{}
			double.Fail(c.code, c.fields...)
			err := client.UpsertOrder(within(t), o)
			f := fault.Of(err)
			if f == nil || f.Kind != c.kind || f.RetryAfter != c.after || f.Ambiguous != c.unsure || err.Error() != c.want {
				t.Fatalf("got %+v (%v), want %v after %v ambiguous %v: %s", f, err, c.kind, c.after, c.unsure, c.want)
			}
			if last := server.Exchanges()[len(server.Exchanges())-1]; last.Status != http.StatusOK {
				t.Errorf("the status was %d, but records fail inside a 200", last.Status)
			}
			if err := client.UpsertOrder(within(t), o); err != nil {
				t.Errorf("the next try: %v", err)
			}
		})
	}
}

func TestTheOrganizationRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		settings map[string]string
		want     string
	}{
		"a field it does not have":        {map[string]string{"SALESFORCE_ORDER_FIELDS": `{"number":"Nummer__c"}`}, "salesforce-invalid-field: Order__c: INVALID_FIELD [Nummer__c]"},
		"an object it does not have":      {map[string]string{"SALESFORCE_ORDER_OBJECT": "Bestellung__c"}, "salesforce-not-found: NOT_FOUND"},
		"an external id it does not have": {map[string]string{"SALESFORCE_ORDER_ID_FIELD": "Shop_Id__c"}, "salesforce-invalid-field: INVALID_FIELD"},
		"a value of another type":         {map[string]string{"SALESFORCE_ORDER_FIELDS": `{"number":"TotalAmount__c"}`}, "salesforce-invalid-type-on-field-in-record: Order__c: INVALID_TYPE_ON_FIELD_IN_RECORD [TotalAmount__c]"},
		"a customer it does not know":     {nil, "salesforce-invalid-field: Order__c: INVALID_FIELD"},
	} {
		t.Run(name, func(t *testing.T) {
			client, double, _ := serve(t, c.settings)
			err := client.UpsertOrder(within(t), order())
			if fault.KindOf(err) != fault.Permanent || err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if len(double.Effects()) != 0 {
				t.Errorf("effects: %v", double.Effects())
			}
		})
	}
}

func TestSessionsEnd(t *testing.T) {
	client, double, server := serve(t, nil)
	if err := upsertBoth(within(t), client, order()); err != nil {
		t.Fatal(err)
	}
	double.Revoke()
	again := order()
	again.Number = "A-100046"
	if err := client.UpsertOrder(within(t), again); err != nil {
		t.Fatalf("after the session ended: %v", err)
	}
	if double.Tokens() != 2 {
		t.Errorf("%d tokens, want 2", double.Tokens())
	}
	double.Revoke()
	server.Script(func(r *http.Request) *connectortest.Fault {
		if r.URL.Path == "/services/oauth2/token" {
			return &connectortest.Fault{Status: http.StatusBadRequest, Body: `{"error":"invalid_grant","error_description":"max@example.com"}`}
		}
		return nil
	})
	err := client.UpsertOrder(within(t), again)
	if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || f.Ambiguous || f.Reason != "salesforce-token-400" {
		t.Errorf("got %+v, want a definite, retryable salesforce-token-400", f)
	}
	if strings.Contains(err.Error(), "max") {
		t.Errorf("the error quotes the answer: %v", err)
	}
}

func TestFaultsOfWholeRequests(t *testing.T) {
	busy := `[{"errorCode":"SERVER_UNAVAILABLE","message":"busy"}]`
	for name, c := range map[string]struct {
		fault  connectortest.Fault
		kind   fault.Kind
		reason string
		after  time.Duration
		unsure bool
	}{
		"503":                   {connectortest.Fault{Status: 503, Body: busy}, fault.Retryable, "salesforce-503", 0, true},
		"500":                   {connectortest.Fault{Status: 500, Body: busy}, fault.Retryable, "salesforce-500", 0, true},
		"a reset":               {connectortest.Fault{Reset: true}, fault.Retryable, "salesforce-connection", 0, true},
		"a reset afterwards":    {connectortest.Fault{Reset: true, After: true}, fault.Retryable, "salesforce-connection", 0, true},
		"403 of the limit":      {connectortest.Fault{Status: 403, Body: `[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"TotalRequests Limit exceeded."}]`}, fault.Retryable, "salesforce-request-limit-exceeded", 15 * time.Minute, false},
		"403 of a permission":   {connectortest.Fault{Status: 403, Body: `[{"errorCode":"API_DISABLED_FOR_ORG","message":"no"}]`}, fault.Permanent, "salesforce-api-disabled-for-org", 0, false},
		"a locked row as 400":   {connectortest.Fault{Status: 400, Header: http.Header{"Retry-After": {"7"}}, Body: `[{"errorCode":"UNABLE_TO_LOCK_ROW","message":"x"}]`}, fault.Retryable, "salesforce-unable-to-lock-row", 7 * time.Second, false},
		"400 in another shape":  {connectortest.Fault{Status: 400, Body: `<html>`}, fault.Permanent, "salesforce-400", 0, false},
		"200 in another shape":  {connectortest.Fault{Status: 200, Body: `{"ok":true}`}, fault.Retryable, "salesforce-answer", 0, true},
		"200 with no result":    {connectortest.Fault{Status: 200, Body: `[]`}, fault.Retryable, "salesforce-answer", 0, true},
		"200 with a null":       {connectortest.Fault{Status: 200, Body: `[null]`}, fault.Retryable, "salesforce-answer", 0, true},
		"a failure unexplained": {connectortest.Fault{Status: 200, Body: `[{"success":false,"errors":[]}]`}, fault.Retryable, "salesforce-answer", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			client, _, server := serve(t, nil)
			server.Script(func(r *http.Request) *connectortest.Fault {
				if r.Method == http.MethodPatch {
					return &c.fault
				}
				return nil
			})
			o := order()
			o.Customer = retail.Customer{}
			f := fault.Of(client.UpsertOrder(within(t), o))
			if f == nil || f.Kind != c.kind || f.Reason != c.reason || f.RetryAfter != c.after || f.Ambiguous != c.unsure {
				t.Errorf("got %+v, want %v %s after %v ambiguous %v", f, c.kind, c.reason, c.after, c.unsure)
			}
		})
	}
}

func TestAnUpsertMadeBeforeTheConnectionBrokeIsRepeatedWithoutHarm(t *testing.T) {
	client, double, server := serve(t, nil)
	broken := false
	server.Script(func(r *http.Request) *connectortest.Fault {
		if r.Method != http.MethodPatch || broken {
			return nil
		}
		broken = true
		return &connectortest.Fault{Reset: true, After: true}
	})
	if err := client.UpsertCustomer(within(t), order().Customer); err != nil {
		t.Fatal(err)
	}
	if !broken || len(double.Effects()) != 1 {
		t.Errorf("%d effects, want 1", len(double.Effects()))
	}
}

func TestUsage(t *testing.T) {
	client, double, _ := serve(t, nil)
	if got := client.Usage(); got != (salesforce.Usage{}) || got.Near() {
		t.Errorf("before the first answer it is %+v", got)
	}
	for used, near := range map[int]bool{12: false, 13_498: false, 13_499: true} {
		double.UseUp(used)
		if err := client.UpsertCustomer(within(t), order().Customer); err != nil {
			t.Fatal(err)
		}
		if got := client.Usage(); got.Used != int64(used+1) || got.Allowed != salesforcetest.Allowed || got.Near() != near {
			t.Errorf("after %d requests it is %+v, near %v", used, got, got.Near())
		}
	}
	double.UseUp(salesforcetest.Allowed)
	f := fault.Of(client.UpsertCustomer(within(t), order().Customer))
	if f == nil || f.Kind != fault.Retryable || f.RetryAfter != 15*time.Minute {
		t.Errorf("beyond the limit: %+v", f)
	}
}

func golden(t *testing.T, file string, body []byte) {
	t.Helper()
	got := jsontext.Value(append([]byte(nil), body...))
	if err := got.Indent(jsontext.WithIndent("  ")); err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: %s", file, diff)
	}
}
