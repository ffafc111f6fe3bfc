package commercetools

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/fault"
)

// serve returns a client of a double that knows commercetoolstest.SampleOrder.
func serve(t testing.TB) (*Client, *commercetoolstest.Double, *connectortest.Server) {
	t.Helper()
	double := commercetoolstest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	client, err := New(values(double, server.URL), ViewPayments)
	if err != nil {
		t.Fatal(err)
	}
	return client, double, server
}

func values(d *commercetoolstest.Double, url string) config.Values {
	settings := d.Settings(url)
	settings[config.BaseURLName(System)] = url
	return config.Static(settings, map[string]map[string]string{System: d.Secret()})
}

// requests returns what passed as "POST /oauth/token 200".
func requests(s *connectortest.Server) string {
	var lines []string
	for _, x := range s.Exchanges() {
		path := strings.ReplaceAll(x.Path, commercetoolstest.SampleOrder, "ID")
		lines = append(lines, x.Method+" "+path+" "+http.StatusText(x.Status))
	}
	return strings.Join(lines, "\n")
}

func TestOrderIsReadWithAToken(t *testing.T) {
	client, double, server := serve(t)
	got, err := client.Order(t.Context(), commercetoolstest.SampleOrder)
	if err != nil {
		t.Fatal(err)
	}
	if want, _ := double.Order(commercetoolstest.SampleOrder); string(got) != string(want) {
		t.Errorf("another order than the double holds:\n%s", got)
	}
	if _, err := client.Order(t.Context(), commercetoolstest.SampleOrder); err != nil {
		t.Fatal(err)
	}
	want := "POST /oauth/token OK\nGET /acme-dev/orders/ID OK\nGET /acme-dev/orders/ID OK"
	if got := requests(server); got != want {
		t.Errorf("requests:\n%s\nwant one token for both:\n%s", got, want)
	}
	token := server.Exchanges()[0]
	if body := string(token.Body); body != "grant_type=client_credentials&scope=manage_orders%3Aacme-dev+view_payments%3Aacme-dev" {
		t.Errorf("token request: %s", body)
	}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("double-client:double-secret"))
	if token.Header.Get("Authorization") != basic {
		t.Error("the token was not asked for with the secret")
	}
}

func TestOrderIsReadWithItsPayments(t *testing.T) {
	client, _, server := serve(t)
	got, err := client.OrderWithPayments(t.Context(), commercetoolstest.SampleOrder)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"obj":{`, `"type":"Charge"`} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the order lacks %s:\n%s", want, got)
		}
	}
	if plain, err := client.Order(t.Context(), commercetoolstest.SampleOrder); err != nil || strings.Contains(string(plain), `"obj":{`) {
		t.Errorf("the order that was read alone has payments: %v\n%s", err, plain)
	}
	t.Run("by its own document", func(t *testing.T) {
		contract.Judge(t, "commercetools.json")(server.Exchanges()[1])
	})
}

func TestRejectedTokenIsReplacedOnce(t *testing.T) {
	client, double, server := serve(t)
	if _, err := client.Order(t.Context(), commercetoolstest.SampleOrder); err != nil {
		t.Fatal(err)
	}
	double.RevokeTokens()
	if _, err := client.Order(t.Context(), commercetoolstest.SampleOrder); err != nil {
		t.Fatal(err)
	}
	want := "POST /oauth/token OK\nGET /acme-dev/orders/ID OK\nGET /acme-dev/orders/ID Unauthorized\nPOST /oauth/token OK\nGET /acme-dev/orders/ID OK"
	if got := requests(server); got != want {
		t.Errorf("requests:\n%s\nwant:\n%s", got, want)
	}
}

func TestTokenThatIsNeverAcceptedIsWaitedFor(t *testing.T) {
	client, double, _ := serve(t)
	double.SetTokenLifetime(-time.Second)
	_, err := client.Order(t.Context(), commercetoolstest.SampleOrder)
	if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || f.Ambiguous || f.Reason != "commercetools-invalid_token" {
		t.Errorf("Order: %v; want it tried again later", err)
	}
}

func TestErrorsCarryTheCodeAndNothingElse(t *testing.T) {
	body := func(code string) string {
		return `{"statusCode":400,"message":"Max Mustermann, Hardenbergstrasse","errors":[{"code":"` + code + `","message":"Max Mustermann"}]}`
	}
	tests := map[string]struct {
		status    int
		header    http.Header
		body      string
		reason    string
		kind      fault.Kind
		ambiguous bool
		after     time.Duration
	}{
		"an invalid operation":         {400, nil, body("InvalidOperation"), "commercetools-InvalidOperation", fault.Permanent, false, 0},
		"a missing scope":              {403, nil, body("insufficient_scope"), "commercetools-insufficient_scope", fault.Permanent, false, 0},
		"an unknown order":             {404, nil, body("ResourceNotFound"), "commercetools-ResourceNotFound", fault.Permanent, false, 0},
		"an order that changed":        {409, nil, body("ConcurrentModification"), "commercetools-ConcurrentModification", fault.Retryable, false, 0},
		"another conflict":             {409, nil, body("ReferenceExists"), "commercetools-ReferenceExists", fault.Permanent, false, 0},
		"too many requests":            {429, http.Header{"Retry-After": {"7"}}, body("RateLimit"), "commercetools-RateLimit", fault.Retryable, false, 7 * time.Second},
		"a failure":                    {500, nil, body("General"), "commercetools-General", fault.Retryable, true, 0},
		"no capacity for a while":      {503, http.Header{"Retry-After": {"30"}}, body("OverCapacity"), "commercetools-OverCapacity", fault.Retryable, true, 30 * time.Second},
		"a gateway's page":             {502, http.Header{"Retry-After": {"1"}}, "<html>Max Mustermann</html>", "commercetools-502", fault.Retryable, true, time.Second},
		"an error without a code":      {400, nil, `{"message":"Max Mustermann"}`, "commercetools-400", fault.Permanent, false, 0},
		"a code that looks like a man": {400, nil, body("Max Mustermann"), "commercetools-400", fault.Permanent, false, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client, _, server := serve(t)
			server.Script(func(r *http.Request) *connectortest.Fault {
				if r.URL.Path == "/oauth/token" {
					return nil
				}
				return &connectortest.Fault{Status: test.status, Header: test.header, Body: test.body}
			})
			_, err := client.Order(t.Context(), commercetoolstest.SampleOrder)
			f := fault.Of(err)
			if f == nil {
				t.Fatal("no error")
			}
			if f.Reason != test.reason || f.Kind != test.kind || f.Ambiguous != test.ambiguous || f.RetryAfter != test.after {
				t.Errorf("%+v; want %+v", f, test)
			}
			if strings.Contains(err.Error(), "Mustermann") {
				t.Errorf("the error quotes the answer: %v", err)
			}
		})
	}
}

func TestReadingIsTriedOnceMoreWhenAGatewayFails(t *testing.T) {
	client, _, server := serve(t)
	failed := false
	server.Script(func(r *http.Request) *connectortest.Fault {
		if r.Method == http.MethodGet && !failed {
			failed = true
			return &connectortest.Fault{Status: 503}
		}
		return nil
	})
	if _, err := client.Order(t.Context(), commercetoolstest.SampleOrder); err != nil {
		t.Errorf("Order: %v", err)
	}
}

func TestIDsAreEscaped(t *testing.T) {
	client, _, server := serve(t)
	_, err := client.Order(t.Context(), "a/b?c=d")
	if f := fault.Of(err); f == nil || f.Reason != "commercetools-ResourceNotFound" {
		t.Errorf("Order: %v", err)
	}
	exchanges := server.Exchanges()
	if last := exchanges[len(exchanges)-1]; last.Path != "/acme-dev/orders/a%2Fb%3Fc=d" || last.Query != "" {
		t.Errorf("path %s, query %s", last.Path, last.Query)
	}
}

func TestSettingsDecideTheHosts(t *testing.T) {
	tests := map[string]struct {
		settings map[string]string
		problem  string
	}{
		"a region":                 {map[string]string{"COMMERCETOOLS_PROJECT": "acme-dev", "COMMERCETOOLS_REGION": "eu-central-1.aws"}, ""},
		"no project":               {map[string]string{"COMMERCETOOLS_REGION": "eu-central-1.aws"}, "COMMERCETOOLS_PROJECT: expected a project key"},
		"a project with a path":    {map[string]string{"COMMERCETOOLS_PROJECT": "acme/../x", "COMMERCETOOLS_REGION": "eu-central-1.aws"}, "COMMERCETOOLS_PROJECT: expected a project key"},
		"no region":                {map[string]string{"COMMERCETOOLS_PROJECT": "acme-dev"}, "COMMERCETOOLS_REGION: expected a region such as eu-central-1.aws"},
		"a region with a path":     {map[string]string{"COMMERCETOOLS_PROJECT": "acme-dev", "COMMERCETOOLS_REGION": "evil.test/"}, "COMMERCETOOLS_REGION: expected a region such as eu-central-1.aws"},
		"hosts of one's own":       {map[string]string{"COMMERCETOOLS_PROJECT": "acme-dev", "COMMERCETOOLS_AUTH_URL": "https://auth.test", "COMMERCETOOLS_BASE_URL": "https://api.test"}, ""},
		"an auth host in the open": {map[string]string{"COMMERCETOOLS_PROJECT": "acme-dev", "COMMERCETOOLS_AUTH_URL": "http://auth.test", "COMMERCETOOLS_BASE_URL": "https://api.test"}, "COMMERCETOOLS_AUTH_URL: "},
		"an API host in the open":  {map[string]string{"COMMERCETOOLS_PROJECT": "acme-dev", "COMMERCETOOLS_AUTH_URL": "https://auth.test", "COMMERCETOOLS_BASE_URL": "http://api.test"}, "base URL"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := New(config.Static(test.settings, nil))
			if err == nil {
				err = errors.New("")
			}
			if got := err.Error(); (got == "") != (test.problem == "") || !strings.Contains(got, test.problem) {
				t.Errorf("New: %q; want %q", got, test.problem)
			}
		})
	}
}

// What commercetools answers never leaves by an error.
func checkClassified(t *testing.T, status int, body []byte) {
	err := classify(connector.Response{Status: status, Body: body})
	if err == nil {
		return
	}
	f := fault.Of(err)
	code, ok := strings.CutPrefix(f.Reason, "commercetools-")
	if !ok || connector.Code(code) != code || f.Err.Error() != fmt.Sprintf("status %d", status) {
		t.Errorf("reason %q, cause %v", f.Reason, f.Err)
	}
}

func FuzzClassify(f *testing.F) {
	f.Add(409, []byte(`{"statusCode":409,"message":"m","errors":[{"code":"ConcurrentModification","message":"m","currentVersion":6}]}`))
	f.Add(400, []byte(`{"statusCode":400,"errors":[]}`))
	f.Add(502, []byte("<html>"))
	f.Add(401, []byte(`{"errors":[{"code":"invalid_token"}]}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) { checkClassified(t, status, body) })
}

// The published document describes no query of orders; its shape is checked by hand.
func TestOrdersOfAPaymentAreAskedFor(t *testing.T) {
	client, double, server := serve(t)
	const payment = "9cadbe2f-3041-4c5d-8e6f-708192a3b4c5"
	if err := double.PutNotification([]byte(`{"type":"PaymentTransactionStateChanged","resource":{"id":"` + payment + `"},"transactionId":"t","state":"Success"}`)); err != nil {
		t.Fatal(err)
	}
	found, err := client.OrdersOfPayment(t.Context(), payment)
	if err != nil || len(found) != 1 || !strings.Contains(string(found[0]), `"type":"Charge"`) || !strings.Contains(string(found[0]), payment) {
		t.Fatalf("%d orders, %v", len(found), err)
	}
	x := server.Exchanges()[1]
	query, err := url.ParseQuery(x.Query)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"where": {`paymentInfo(payments(id="` + payment + `"))`}, "expand": {"paymentInfo.payments[*]"}, "limit": {"10"}, "withTotal": {"false"}, "sort": {"createdAt asc"},
	}
	if x.Method != "GET" || x.Path != "/acme-dev/orders" {
		t.Errorf("%s %s", x.Method, x.Path)
	}
	if diff := cmp.Diff(want, query); diff != "" {
		t.Error(diff)
	}
	for _, other := range []string{"", `x" or id="` + payment, "9cadbe2f"} {
		if found, err := client.OrdersOfPayment(t.Context(), other); err != nil || len(found) != 0 {
			t.Errorf("%q: %d orders, %v", other, len(found), err)
		}
	}
	server.Script(func(*http.Request) *connectortest.Fault {
		return &connectortest.Fault{Status: 200, Body: `{"count":0}`}
	})
	if _, err := client.OrdersOfPayment(t.Context(), payment); err == nil || fault.Of(err).Reason != "commercetools-answer" {
		t.Errorf("an answer without results: %v", err)
	}
}
