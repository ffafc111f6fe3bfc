package klaviyo_test

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
	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/connector/klaviyo/klaviyotest"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func order() retail.Order {
	eur := func(n int64) retail.Money { return retail.Money{Currency: "EUR", Amount: n, FractionDigits: 2} }
	return retail.Order{
		ID: "o-1", Number: "A-100045", Version: 1, PlacedAt: time.Date(2026, 2, 3, 9, 15, 22, 314e6, time.UTC),
		Customer: retail.Customer{ID: "c-1", Email: "max@example.com", FirstName: "Max", LastName: "Muster"},
		Total:    eur(12480),
		Lines: []retail.Line{
			{ID: "l-1", SKU: "A0E2", Name: "Leather Tote", Quantity: 1, UnitPrice: eur(8990), Total: eur(8990)},
			{ID: "l-2", Name: "Gift wrap", Quantity: 2, UnitPrice: eur(1745), Total: eur(3490)},
		},
		ShipTo: &retail.Address{LastName: "Muster", Street: "Hauptstr. 1", Country: "DE"},
	}
}

// serve starts an account and a client for it; secret replaces the double's.
func serve(t *testing.T, secret map[string]string) (*klaviyo.Client, *klaviyotest.Double, *connectortest.Server) {
	t.Helper()
	double := klaviyotest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	keys := double.Secret()
	maps.Copy(keys, secret)
	client, err := klaviyo.New(config.Static(map[string]string{"KLAVIYO_BASE_URL": server.URL}, map[string]map[string]string{"klaviyo": keys}))
	if err != nil {
		t.Fatal(err)
	}
	return client, double, server
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestTheRequestIsAsKlaviyoSays(t *testing.T) {
	client, double, server := serve(t, nil)
	if err := client.PlacedOrder(within(t), "e-1", order()); err != nil {
		t.Fatal(err)
	}
	x := server.Exchanges()[0]
	golden(t, "testdata/placed-order.json", x.Body)
	want := http.Header{"Authorization": {"Klaviyo-API-Key " + klaviyotest.Key}, "Revision": {"2026-07-15"}, "Content-Type": {"application/vnd.api+json"}}
	for name := range want {
		if diff := cmp.Diff(want[name], x.Header[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	events := double.Events()
	if len(events) != 1 || events[0].Profile != (klaviyotest.Profile{Email: "max@example.com", ExternalID: "c-1"}) || events[0].Value != 124.8 {
		t.Errorf("recorded: %+v", events)
	}
	for _, private := range []string{"Muster", "Hauptstr"} {
		if strings.Contains(string(x.Body), private) {
			t.Errorf("%s was sent", private)
		}
	}
	t.Run("by its own document", func(t *testing.T) { contract.JudgeBoth(t, "klaviyo.json")(x) })
}

func TestARepetitionIsRecordedOnce(t *testing.T) {
	client, double, _ := serve(t, nil)
	other := order()
	other.Customer.Email = "erika@example.com"
	other.Customer.ID = "c-2"
	for _, placed := range []struct {
		id string
		o  retail.Order
	}{{"e-1", order()}, {"e-1", order()}, {"e-2", order()}, {"e-1", other}, {"e-1", order()}} {
		if err := client.PlacedOrder(within(t), placed.id, placed.o); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, e := range double.Events() {
		got = append(got, e.UniqueID+" "+e.Profile.Email)
	}
	if diff := cmp.Diff([]string{"e-1 max@example.com", "e-2 max@example.com", "e-1 erika@example.com"}, got); diff != "" {
		t.Error(diff)
	}
	if len(double.Effects()) != 3 {
		t.Errorf("%d effects, want 3", len(double.Effects()))
	}
}

func TestCustomersAreNamedByWhatIsKnown(t *testing.T) {
	for name, c := range map[string]struct {
		customer retail.Customer
		want     klaviyotest.Profile
	}{
		"a guest by e-mail address":            {retail.Customer{Email: "guest@example.com"}, klaviyotest.Profile{Email: "guest@example.com"}},
		"a customer without address by the id": {retail.Customer{ID: "c-1"}, klaviyotest.Profile{ExternalID: "c-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			client, double, server := serve(t, nil)
			o := order()
			o.Customer = c.customer
			if err := client.PlacedOrder(within(t), "e-1", o); err != nil {
				t.Fatal(err)
			}
			if got := double.Events()[0].Profile; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			t.Run("by its own document", func(t *testing.T) { contract.Judge(t, "klaviyo.json")(server.Exchanges()[0]) })
		})
	}
}

func TestKlaviyoRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		secret map[string]string
		change func(*retail.Order)
		kind   fault.Kind
		want   string
	}{
		"an address that is none": {nil, func(o *retail.Order) { o.Customer.Email = "max" }, fault.Permanent, "klaviyo-invalid: invalid at /data/attributes/profile/data/attributes/email"},
		"no customer":             {nil, func(o *retail.Order) { o.Customer = retail.Customer{} }, fault.Permanent, "klaviyo-invalid: invalid at /data/attributes/profile/data/attributes"},
		"a time far ahead":        {nil, func(o *retail.Order) { o.PlacedAt = time.Now().AddDate(2, 0, 0) }, fault.Permanent, "klaviyo-invalid: invalid at /data/attributes/time"},
		"a text beyond all size":  {nil, func(o *retail.Order) { o.Lines[0].Name = strings.Repeat("x", 103<<10) }, fault.Permanent, "klaviyo-invalid: invalid at /data/attributes/properties"},
		"another key":             {map[string]string{"api_key": "pk_other"}, func(*retail.Order) {}, fault.Retryable, "klaviyo-401: Unauthorized"},
	} {
		t.Run(name, func(t *testing.T) {
			client, double, server := serve(t, c.secret)
			o := order()
			c.change(&o)
			err := client.PlacedOrder(within(t), "e-1", o)
			if err == nil || fault.KindOf(err) != c.kind || err.Error() != c.want || fault.Of(err).Ambiguous {
				t.Errorf("got %v, want %v %s", err, c.kind, c.want)
			}
			if len(double.Effects()) != 0 {
				t.Errorf("effects: %v", double.Effects())
			}
			t.Run("by its own document", func(t *testing.T) { contract.JudgeAnswer(t, "klaviyo.json")(server.Exchanges()[0]) })
		})
	}
}

func TestFaultsOfRequests(t *testing.T) {
	const invalid = `{"errors":[{"id":"1","code":"invalid","title":"Invalid","detail":"max@example.com","source":{"pointer":"/data/attributes/properties/max@example.com/0"}}]}`
	for name, c := range map[string]struct {
		fault  connectortest.Fault
		kind   fault.Kind
		want   string
		after  time.Duration
		unsure bool
	}{
		"429 with a wait":         {connectortest.Fault{Status: 429, Header: http.Header{"Retry-After": {"12"}}, Body: `{"errors":[{"code":"throttled"}]}`}, fault.Retryable, "klaviyo-429: Too Many Requests", 12 * time.Second, false},
		"500":                     {connectortest.Fault{Status: 500}, fault.Retryable, "klaviyo-500: Internal Server Error", 0, true},
		"503":                     {connectortest.Fault{Status: 503}, fault.Retryable, "klaviyo-503: Service Unavailable", 0, true},
		"a reset":                 {connectortest.Fault{Reset: true}, fault.Retryable, "klaviyo-connection: no response (connection)", 0, true},
		"403":                     {connectortest.Fault{Status: 403, Body: `{"errors":[{"code":"permission_denied"}]}`}, fault.Permanent, "klaviyo-permission-denied: permission_denied", 0, false},
		"a value in the pointer":  {connectortest.Fault{Status: 400, Body: invalid}, fault.Permanent, "klaviyo-invalid: invalid at /data/attributes/properties/?/0", 0, false},
		"a parameter":             {connectortest.Fault{Status: 400, Body: `{"errors":[{"code":"invalid","source":{"parameter":"revision"}}]}`}, fault.Permanent, "klaviyo-invalid: invalid of revision", 0, false},
		"a value for a code":      {connectortest.Fault{Status: 400, Body: `{"errors":[{"code":"max@example.com"}]}`}, fault.Permanent, "klaviyo-400: Bad Request", 0, false},
		"a page instead of JSON":  {connectortest.Fault{Status: 400, Body: `<html>`}, fault.Permanent, "klaviyo-400: Bad Request", 0, false},
		"an answer without error": {connectortest.Fault{Status: 409, Body: `{"errors":[]}`}, fault.Permanent, "klaviyo-409: Conflict", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			client, _, server := serve(t, nil)
			server.Script(func(*http.Request) *connectortest.Fault { return &c.fault })
			err := client.PlacedOrder(within(t), "e-1", order())
			f := fault.Of(err)
			if f == nil || f.Kind != c.kind || err.Error() != c.want || f.RetryAfter != c.after || f.Ambiguous != c.unsure {
				t.Errorf("got %v (%+v), want %v %s after %v ambiguous %v", err, f, c.kind, c.want, c.after, c.unsure)
			}
		})
	}
}

func TestAnEventTakenBeforeTheConnectionBrokeIsRecordedOnce(t *testing.T) {
	client, double, server := serve(t, nil)
	broken := false
	server.Script(func(*http.Request) *connectortest.Fault {
		if broken {
			return nil
		}
		broken = true
		return &connectortest.Fault{Reset: true, After: true}
	})
	if err := client.PlacedOrder(within(t), "e-1", order()); err != nil {
		t.Fatal(err)
	}
	if n := len(server.Exchanges()); n != 2 || len(double.Effects()) != 1 {
		t.Errorf("%d requests and %d effects, want 2 and 1", n, len(double.Effects()))
	}
}

func TestTheDoubleRefuses(t *testing.T) {
	server := connectortest.Serve(klaviyotest.New())
	t.Cleanup(server.Close)
	good := http.Header{"Authorization": {"Klaviyo-API-Key " + klaviyotest.Key}, "Revision": {klaviyotest.Revision}, "Content-Type": {"application/vnd.api+json"}}
	const valid = `{"data":{"type":"event","attributes":{"properties":{},"metric":{"data":{"type":"metric","attributes":{"name":"m"}}},"profile":{"data":{"type":"profile","attributes":{"email":"a@b.de"}}}}}}`
	for name, c := range map[string]struct {
		method, path, header, value, body string
		want                              int
	}{
		"nothing wrong":            {"POST", "/api/events", "X", "", valid, 202},
		"no key":                   {"POST", "/api/events", "Authorization", "", valid, 401},
		"a bearer token":           {"POST", "/api/events", "Authorization", "Bearer x", valid, 401},
		"no revision":              {"POST", "/api/events", "Revision", "", valid, 400},
		"another revision":         {"POST", "/api/events", "Revision", "2020-01-01", valid, 400},
		"plain JSON":               {"POST", "/api/events", "Content-Type", "application/json", valid, 415},
		"another path":             {"POST", "/api/event", "X", "", valid, 404},
		"another method":           {"GET", "/api/events", "X", "", "", 405},
		"a body that is no JSON":   {"POST", "/api/events", "X", "", "x", 400},
		"an event without a type":  {"POST", "/api/events", "X", "", strings.Replace(valid, `"event"`, `""`, 1), 400},
		"an event without metric":  {"POST", "/api/events", "X", "", strings.Replace(valid, `"name":"m"`, ``, 1), 400},
		"an event without a place": {"POST", "/api/events", "X", "", strings.Replace(valid, `"properties":{},`, ``, 1), 400},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(within(t), c.method, server.URL+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = good.Clone()
			r.Header.Set(c.header, c.value)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != c.want {
				t.Errorf("got %d, want %d", response.StatusCode, c.want)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct{ url, key, want string }{
		"no key":               {"https://a.klaviyo.com", "", "secret of klaviyo: key api_key is missing"},
		"a plain http address": {"http://a.klaviyo.com", "pk_hunter2", "klaviyo: base URL: expected https (http is for loopback alone)"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := klaviyo.New(config.Static(map[string]string{"KLAVIYO_BASE_URL": c.url}, map[string]map[string]string{"klaviyo": {"api_key": c.key}}))
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
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
