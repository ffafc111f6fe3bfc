package voucherify_test

import (
	"context"
	"flag"
	"maps"
	"math"
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
	"signalbox/shared/connector/voucherify"
	"signalbox/shared/connector/voucherify/voucherifytest"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func usd(n int64) retail.Money { return retail.Money{Currency: "USD", Amount: n, FractionDigits: 2} }

func order() retail.Order {
	return retail.Order{
		ID: "o-1", Number: "A-100045", Version: 1, PlacedAt: time.Date(2026, 2, 3, 9, 15, 22, 0, time.UTC),
		Customer: retail.Customer{ID: "c-1", Email: "max@example.com", FirstName: "Max", LastName: "Muster"},
		Total:    usd(12480),
		Lines: []retail.Line{
			{ID: "l-1", SKU: "A0E2", Name: "Leather Tote", Quantity: 1, UnitPrice: usd(8990), Total: usd(8990)},
			{ID: "l-2", Name: "Gift wrap", Quantity: 2, UnitPrice: usd(1745), Total: usd(3490)},
		},
		ShipTo: &retail.Address{LastName: "Muster", Street: "Hauptstr. 1", Country: "DE"},
	}
}

// serve starts a project and a client for it; settings and secret replace the double's.
func serve(t testing.TB, settings, secret map[string]string) (*voucherify.Client, *voucherifytest.Double, *connectortest.Server) {
	t.Helper()
	double := voucherifytest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	client, err := connect(double, server.URL, settings, secret)
	if err != nil {
		t.Fatal(err)
	}
	return client, double, server
}

func connect(double *voucherifytest.Double, url string, settings, secret map[string]string) (*voucherify.Client, error) {
	all, keys := double.Settings(url), double.Secret()
	all["VOUCHERIFY_BASE_URL"] = url
	maps.Copy(all, settings)
	maps.Copy(keys, secret)
	return voucherify.New(config.Static(all, map[string]map[string]string{"voucherify": keys}))
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestAPaidOrderGivesPointsOnce(t *testing.T) {
	client, double, server := serve(t, nil, nil)
	for range 2 {
		if err := client.PayOrder(within(t), order(), usd(12480)); err != nil {
			t.Fatal(err)
		}
	}
	want := voucherifytest.Order{SourceID: "o-1", Status: "PAID", Amount: 12480, Customer: "c-1", Items: 2}
	if got, _ := double.Order("o-1"); got != want {
		t.Errorf("order %+v, want %+v", got, want)
	}
	if n, points := len(double.Effects()), double.Points("c-1"); n != 1 || points != 124 {
		t.Errorf("%d effects and %d points of one order", n, points)
	}
	x := server.Exchanges()[0]
	golden(t, "testdata/paid-order.json", x.Body)
	for _, private := range []string{"Muster", "Hauptstr"} {
		if strings.Contains(string(x.Body), private) {
			t.Errorf("%s was sent", private)
		}
	}
	t.Run("by its own document", func(t *testing.T) { contract.JudgeBoth(t, "voucherify.json")(x) })
}

func TestACancelledOrderLosesItsPointsForGood(t *testing.T) {
	client, double, server := serve(t, nil, nil)
	if err := client.PayOrder(within(t), order(), usd(12480)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := client.CancelOrder(within(t), "o-1"); err != nil {
			t.Fatal(err)
		}
	}
	if o, _ := double.Order("o-1"); o.Status != "CANCELED" || o.Amount != 12480 || double.Points("c-1") != 0 || len(double.Effects()) != 2 {
		t.Errorf("order %+v, %d points, effects %v", o, double.Points("c-1"), double.Effects())
	}
	t.Run("by its own document", func(t *testing.T) { contract.JudgeBoth(t, "voucherify.json")(server.Exchanges()[1]) })
}

// A refund that overtakes its payment must not be forgotten, nor make an order
// that the payment would bring back to life.
func TestACancellationWaitsForItsOrder(t *testing.T) {
	client, double, server := serve(t, nil, nil)
	err := client.CancelOrder(within(t), "o-1")
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Retryable || f.Reason != "voucherify-order-unknown" || f.RetryAfter != 30*time.Second || f.Ambiguous {
		t.Errorf("%+v", f)
	}
	if _, known := double.Order("o-1"); known || len(double.Effects()) != 0 {
		t.Error("the cancellation made an order")
	}
	t.Run("by its own document", func(t *testing.T) { contract.JudgeAnswer(t, "voucherify.json")(server.Exchanges()[0]) })
}

func TestAmountsAreHundredthsOfTheProjectsCurrency(t *testing.T) {
	for name, c := range map[string]struct {
		paid retail.Money
		want int64
		err  string
	}{
		"cents stay cents":                     {retail.Money{Currency: "EUR", Amount: 1999, FractionDigits: 2}, 1999, ""},
		"yen become hundredths":                {retail.Money{Currency: "JPY", Amount: 1999}, 199900, ""},
		"of fils, less than a hundredth falls": {retail.Money{Currency: "KWD", Amount: 1999, FractionDigits: 3}, 199, ""},
		"nothing was paid":                     {retail.Money{Currency: "EUR", FractionDigits: 2}, 0, ""},
		"more than can be":                     {retail.Money{Currency: "JPY", Amount: math.MaxInt64}, 0, "invalid-event: payment.amount.amount: expected an amount Voucherify can take"},
	} {
		t.Run(name, func(t *testing.T) {
			client, double, server := serve(t, map[string]string{"VOUCHERIFY_CURRENCY": c.paid.Currency}, nil)
			o := order()
			o.Lines = []retail.Line{{ID: "l-1", SKU: "A", Quantity: 1, UnitPrice: retail.Money{Currency: c.paid.Currency, Amount: 100, FractionDigits: 2}, Total: retail.Money{Currency: c.paid.Currency, FractionDigits: 2}}}
			err := client.PayOrder(within(t), o, c.paid)
			if c.err != "" {
				if err == nil || err.Error() != c.err || len(server.Exchanges()) != 0 {
					t.Errorf("%v after %d requests, want %s", err, len(server.Exchanges()), c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := double.Order("o-1"); got.Amount != c.want {
				t.Errorf("%d, want %d", got.Amount, c.want)
			}
		})
	}
}

func TestWhatTheProjectCannotCountIsRefusedBeforeItIsSent(t *testing.T) {
	eur := retail.Money{Currency: "EUR", Amount: 100, FractionDigits: 2}
	for name, c := range map[string]struct {
		change func(*retail.Order)
		paid   retail.Money
		want   string
	}{
		"a payment in another currency": {func(*retail.Order) {}, eur, "voucherify-currency: payment.amount: expected an amount in USD"},
		"a price in another currency":   {func(o *retail.Order) { o.Lines[1].UnitPrice = eur }, usd(1), "voucherify-currency: order.lines[1].unitPrice: expected an amount in USD"},
		"a line in another currency":    {func(o *retail.Order) { o.Lines[0].Total = eur }, usd(1), "voucherify-currency: order.lines[0].total: expected an amount in USD"},
		"more lines than it takes":      {func(o *retail.Order) { o.Lines = make([]retail.Line, 501) }, usd(1), "voucherify-items: order: expected at most 500 lines"},
	} {
		t.Run(name, func(t *testing.T) {
			client, _, server := serve(t, nil, nil)
			o := order()
			c.change(&o)
			err := client.PayOrder(within(t), o, c.paid)
			if fault.KindOf(err) != fault.Permanent || err == nil || err.Error() != c.want || len(server.Exchanges()) != 0 {
				t.Errorf("%v after %d requests, want %s", err, len(server.Exchanges()), c.want)
			}
		})
	}
	client, _, _ := serve(t, nil, nil)
	if !client.Counts("USD") || client.Counts("EUR") {
		t.Error("the project counts in USD alone")
	}
}

func TestFaultsOfRequests(t *testing.T) {
	const quoting = `{"code":400,"key":"invalid_payload","message":"max@example.com","details":"max@example.com"}`
	for name, c := range map[string]struct {
		fault  connectortest.Fault
		kind   fault.Kind
		want   string
		after  time.Duration
		unsure bool
	}{
		"a refusal":              {connectortest.Fault{Status: 400, Body: quoting}, fault.Permanent, "voucherify-invalid_payload: status 400", 0, false},
		"a value for a key":      {connectortest.Fault{Status: 400, Body: `{"key":"max@example.com"}`}, fault.Permanent, "voucherify-400: Bad Request", 0, false},
		"a page instead of JSON": {connectortest.Fault{Status: 402, Body: `<html>`}, fault.Permanent, "voucherify-402: Payment Required", 0, false},
		"429 with a wait":        {connectortest.Fault{Status: 429, Header: http.Header{"Retry-After": {"12"}}, Body: `{"key":"too_many_requests"}`}, fault.Retryable, "voucherify-too_many_requests: status 429", 12 * time.Second, false},
		"500":                    {connectortest.Fault{Status: 500, Body: `{"key":"internal_error"}`}, fault.Retryable, "voucherify-internal_error: status 500", 0, true},
		"a reset":                {connectortest.Fault{Reset: true}, fault.Retryable, "voucherify-connection: no response (connection)", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			client, double, server := serve(t, nil, nil)
			server.Script(func(*http.Request) *connectortest.Fault { return &c.fault })
			err := client.PayOrder(within(t), order(), usd(1))
			f := fault.Of(err)
			if f == nil || f.Kind != c.kind || err.Error() != c.want || f.RetryAfter != c.after || f.Ambiguous != c.unsure {
				t.Errorf("got %v (%+v), want %v %s after %v ambiguous %v", err, f, c.kind, c.want, c.after, c.unsure)
			}
			if len(double.Effects()) != 0 {
				t.Errorf("effects: %v", double.Effects())
			}
		})
	}
}

func TestVoucherifyRefuses(t *testing.T) {
	client, double, server := serve(t, nil, map[string]string{"app_token": "other"})
	err := client.PayOrder(within(t), order(), usd(1))
	if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || f.Reason != "voucherify-unauthorized" || len(double.Effects()) != 0 {
		t.Errorf("another token: %v", err)
	}
	t.Run("by its own document", func(t *testing.T) { contract.JudgeAnswer(t, "voucherify.json")(server.Exchanges()[0]) })
	client, _, server = serve(t, nil, nil)
	err = client.PayOrder(within(t), order(), usd(-1))
	if err == nil || err.Error() != "voucherify-invalid_payload: status 400" {
		t.Errorf("a negative amount: %v", err)
	}
	t.Run("by its own document too", func(t *testing.T) { contract.JudgeAnswer(t, "voucherify.json")(server.Exchanges()[0]) })
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ settings, secret map[string]string }{
		"VOUCHERIFY_CURRENCY": {map[string]string{"VOUCHERIFY_CURRENCY": "usd"}, nil},
		"app_id":              {nil, map[string]string{"app_id": ""}},
		"app_token":           {nil, map[string]string{"app_token": ""}},
		"base URL":            {map[string]string{"VOUCHERIFY_BASE_URL": "http://api.voucherify.io"}, nil},
	} {
		if _, err := connect(voucherifytest.New(), "https://api.voucherify.io", c.settings, c.secret); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s in it", err, name)
		}
	}
}

// Whatever a project answers, the fault is classified and quotes nothing.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"code":400,"key":"m","message":"m"}`), 400)
	f.Add([]byte(`null`), 500)
	client, _, server := serve(f, nil, nil)
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		if status < 200 || status > 599 {
			return
		}
		marked := strings.ReplaceAll(string(body), "m", "sentinel@4711")
		server.Script(func(*http.Request) *connectortest.Fault { return &connectortest.Fault{Status: status, Body: marked} })
		err := client.CancelOrder(t.Context(), "o-1")
		if err != nil && (strings.Contains(err.Error(), "sentinel@4711") || fault.Of(err).Reason == "unclassified") {
			t.Errorf("%v", err)
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
