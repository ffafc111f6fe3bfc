package webhook

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/webhook/webhooktest"
	"signalbox/shared/fault"
)

const suppliers = "WEBHOOK_SUPPLIERS"

func values(t testing.TB, settings map[string]string, secrets string) config.Values {
	t.Helper()
	system, ok := catalog.SystemByID(System)
	if !ok {
		t.Fatal("the webhooks are not in the catalog")
	}
	all := map[string]string{}
	for _, s := range system.Settings {
		all[s.Name] = s.Example
	}
	for name, value := range settings {
		all[name] = value
	}
	return config.Static(all, map[string]map[string]string{System: {"signing_secrets": secrets}})
}

func serve(t testing.TB) (*Client, *webhooktest.Double, *connectortest.Server) {
	t.Helper()
	double := webhooktest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	c, err := New(values(t, map[string]string{config.BaseURLName(System): server.URL}, double.Secret()["signing_secrets"]), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return c, double, server
}

func order() Order {
	return Order{ID: "5f0c1b1e-7a57-5c2d-9a31-2f6d8e4b9c70", SKU: "LANTERN-LED", At: time.Date(2026, 3, 4, 17, 5, 40, 0, time.UTC)}
}

// The test vector of the reference implementation:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/go/webhook_test.go
func TestSignatureIsThatOfTheReferenceImplementation(t *testing.T) {
	keys, err := parseKeys("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := keys[0].sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %s; want %s", got, want)
	}
}

func TestRequestIsVerifiedBySupplier(t *testing.T) {
	client, double, server := serve(t)
	if err := client.Send(t.Context(), order()); err != nil {
		t.Fatal(err)
	}
	want := []webhooktest.Purchase{{OrderNumber: order().ID, SKU: "LANTERN-LED", Part: "LED-20", Quantity: 60}}
	if diff := cmp.Diff(want, double.Purchases()); diff != "" {
		t.Error(diff)
	}
	x := server.Exchanges()[0]
	body := `{"type":"purchase.requested","timestamp":"2026-03-04T17:05:40Z","data":{"orderNumber":"5f0c1b1e-7a57-5c2d-9a31-2f6d8e4b9c70","sku":"LANTERN-LED","part":"LED-20","quantity":60}}`
	if string(x.Body) != body || x.Path != "/hooks/signalbox" || x.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s %s", x.Path, x.Header.Get("Content-Type"), x.Body)
	}
	now := time.Now()
	for name, c := range map[string]struct {
		secret string
		change func(http.Header, *string)
		at     time.Time
		want   bool
	}{
		"as it came":                 {webhooktest.Secret, func(http.Header, *string) {}, now, true},
		"by the key being replaced":  {webhooktest.Old, func(http.Header, *string) {}, now, true},
		"by another key":             {"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", func(http.Header, *string) {}, now, false},
		"with another body":          {webhooktest.Secret, func(_ http.Header, b *string) { *b += " " }, now, false},
		"with another id":            {webhooktest.Secret, func(h http.Header, _ *string) { h.Set("Webhook-Id", "other") }, now, false},
		"with another time":          {webhooktest.Secret, func(h http.Header, _ *string) { h.Set("Webhook-Timestamp", "1") }, time.Unix(1, 0), false},
		"played again an hour later": {webhooktest.Secret, func(http.Header, *string) {}, now.Add(time.Hour), false},
		"by a signature of version 2": {webhooktest.Secret, func(h http.Header, _ *string) {
			h.Set("Webhook-Signature", strings.ReplaceAll(h.Get("Webhook-Signature"), "v1,", "v2,"))
		}, now, false},
	} {
		h, b := x.Header.Clone(), string(x.Body)
		c.change(h, &b)
		if got := webhooktest.Verify(c.secret, h, []byte(b), c.at); got != c.want {
			t.Errorf("%s: verified %t", name, got)
		}
	}
}

func TestRepetitionHasTheSameIDAndIsTakenOnce(t *testing.T) {
	client, double, server := serve(t)
	for i := range 2 {
		client.now = func() time.Time { return time.Now().Add(time.Duration(i) * 2 * time.Second) }
		if err := client.Send(t.Context(), order()); err != nil {
			t.Fatal(err)
		}
	}
	x := server.Exchanges()
	if x[0].Header.Get("Webhook-Id") != x[1].Header.Get("Webhook-Id") || string(x[0].Body) != string(x[1].Body) {
		t.Error("the repetition has a different webhook-id")
	}
	if x[0].Header.Get("Webhook-Timestamp") == x[1].Header.Get("Webhook-Timestamp") {
		t.Error("the repetition has the timestamp of the first attempt")
	}
	if n := len(double.Effects()); n != 1 {
		t.Errorf("%d purchases; want 1", n)
	}
}

func TestSupplierAnswers(t *testing.T) {
	for status, c := range map[int]struct {
		kind      fault.Kind
		reason    string
		ambiguous bool
		after     time.Duration
	}{
		200: {}, 204: {}, 299: {},
		301: {fault.Permanent, "webhook-301", false, 0}, 404: {fault.Permanent, "webhook-404", false, 0},
		410: {fault.Permanent, "webhook-gone", false, 0}, 429: {fault.Retryable, "webhook-429", false, 7 * time.Second},
		500: {fault.Retryable, "webhook-500", true, 7 * time.Second}, 502: {fault.Retryable, "webhook-502", true, 7 * time.Second},
		504: {fault.Retryable, "webhook-504", true, 7 * time.Second},
	} {
		client, _, server := serve(t)
		server.Script(func(*http.Request) *connectortest.Fault {
			return &connectortest.Fault{Status: status, Header: http.Header{"Retry-After": {"7"}, "Location": {server.URL + "/elsewhere"}}}
		})
		err := client.Send(t.Context(), order())
		f := fault.Of(err)
		if f == nil {
			if c.reason != "" {
				t.Errorf("status %d is a success", status)
			}
			continue
		}
		if f.Kind != c.kind || f.Reason != c.reason || f.Ambiguous != c.ambiguous || f.RetryAfter != c.after {
			t.Errorf("status %d: %+v", status, f)
		}
		if n := len(server.Exchanges()); n != 1 {
			t.Errorf("status %d: %d requests; want one", status, n)
		}
	}
}

// What the address resolves to is not known before; what it says outright is
// refused at once, the rest when the connection is made.
func TestNoAddressLeadsIntoOurOwnNetwork(t *testing.T) {
	secrets := `{"a":"` + webhooktest.Secret + `"}`
	setting := func(url string) map[string]string {
		return map[string]string{suppliers: `{"a":{"url":"` + url + `","skus":{"LANTERN-LED":{"part":"P","quantity":1}}}}`}
	}
	for _, url := range []string{"http://a.example/", "https://u:p@a.example/", "https://a.example/?x=1", "https://a.example/#x", "https://2130706433/", "", "ftp://a.example"} {
		if _, err := New(values(t, setting(url), secrets), time.Now); err == nil {
			t.Errorf("%q is accepted", url)
		}
	}
	for _, url := range []string{"https://169.254.169.254/latest", "https://10.0.0.8/", "https://192.168.1.1/", "https://[fe80::1]/", "https://[fd00:ec2::254]/", "https://0.0.0.0/"} {
		client, err := New(values(t, setting(url), secrets), time.Now)
		if err != nil {
			continue
		}
		if err := client.Send(t.Context(), order()); fault.KindOf(err) != fault.Permanent || fault.Of(err).Reason != "webhook-address" {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestTerms(t *testing.T) {
	client, err := New(values(t, map[string]string{suppliers: `{"a":{"url":"https://a.example/","answerHours":48,"skus":{"A":{"part":"P","quantity":1}}}}`}, `{"a":"`+webhooktest.Secret+`"}`), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if name, within := client.Terms("A"); name != "a" || within != 48*time.Hour {
		t.Errorf("%s within %s", name, within)
	}
}

func TestSettings(t *testing.T) {
	good := `{"a":"` + webhooktest.Secret + `"}`
	one := func(skus string) string { return `{"a":{"url":"https://a.example/","skus":` + skus + `}}` }
	for name, c := range map[string]struct{ suppliers, secrets, want string }{
		"no secrets":                 {one("{}"), ``, "valid JSON"},
		"a supplier without":         {one("{}"), `{}`, "secret of webhook: signing_secrets.a: expected a signing secret"},
		"a secret of 23 bytes":       {one("{}"), `{"a":"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`, "expected whsec_ and 24 to 64 bytes in base64"},
		"a secret of 65 bytes":       {one("{}"), `{"a":"whsec_` + strings.Repeat("AAAA", 21) + `AAA="}`, "expected whsec_ and 24 to 64 bytes in base64"},
		"a secret without prefix":    {one("{}"), `{"a":"` + strings.TrimPrefix(webhooktest.Secret, "whsec_") + `"}`, "expected whsec_ and 24 to 64 bytes in base64"},
		"a secret that is no base64": {one("{}"), `{"a":"whsec_?"}`, "expected whsec_ and 24 to 64 bytes in base64"},
		"a second secret too short":  {one("{}"), `{"a":"` + webhooktest.Secret + ` whsec_AAAA"}`, "expected whsec_ and 24 to 64 bytes in base64"},
		"a SKU without a part":       {one(`{"A":{"quantity":1}}`), good, "WEBHOOK_SUPPLIERS.a.skus: expected a SKU and a part"},
		"a quantity of none":         {one(`{"A":{"part":"P"}}`), good, "WEBHOOK_SUPPLIERS.a.skus.A.quantity: expected a whole number above 0"},
		"an answer after years":      {`{"a":{"url":"https://a.example/","answerHours":8761}}`, good, "WEBHOOK_SUPPLIERS.a.answerHours: expected 0 to 8760"},
		"an answer before the order": {`{"a":{"url":"https://a.example/","answerHours":-1}}`, good, "WEBHOOK_SUPPLIERS.a.answerHours: expected 0 to 8760"},
		"a SKU of two suppliers": {`{"a":{"url":"https://a.example/","skus":{"A":{"part":"P","quantity":1}}},"b":{"url":"https://b.example/","skus":{"A":{"part":"P","quantity":1}}}}`,
			`{"a":"` + webhooktest.Secret + `","b":"` + webhooktest.Secret + `"}`, "WEBHOOK_SUPPLIERS.b.skus: a SKU belongs to another supplier already"},
	} {
		_, err := New(values(t, map[string]string{suppliers: c.suppliers}, c.secrets), time.Now)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "AAAA") {
			t.Errorf("%s: the error quotes the secret", name)
		}
	}
}

func TestOrdersThatCannotBeSent(t *testing.T) {
	client, _, server := serve(t)
	for name, o := range map[string]Order{
		"of an unknown SKU":     {ID: "a", SKU: "X"},
		"without an id":         {SKU: "LANTERN-LED"},
		"with a full stop":      {ID: "a.1", SKU: "LANTERN-LED"},
		"with the end of lines": {ID: "a\r\n", SKU: "LANTERN-LED"},
	} {
		if err := client.Send(t.Context(), o); fault.KindOf(err) != fault.Permanent {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(server.Exchanges()) != 0 {
		t.Error("something was sent")
	}
}

// FuzzSign checks that only signed requests are verified.
func FuzzSign(f *testing.F) {
	f.Add([]byte("key of at least twenty-four bytes"), "id", []byte("{}"))
	f.Fuzz(func(t *testing.T, secret []byte, id string, body []byte) {
		if len(secret) < leastKey || len(secret) > mostKey || strings.Trim(id, "abcdef0123456789-") != "" || id == "" {
			return
		}
		now := time.Unix(1700000000, 0)
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {"1700000000"}}
		h.Set("Webhook-Signature", key(secret).sign(id, "1700000000", body))
		encoded := "whsec_" + encode(secret)
		if keys, err := parseKeys(encoded); err != nil || string(keys[0]) != string(secret) {
			t.Fatalf("the secret is read as %v, %v", keys, err)
		}
		if !webhooktest.Verify(encoded, h, body, now) {
			t.Error("what was signed is not verified")
		}
		if webhooktest.Verify(encoded, h, append(body, ' '), now) {
			t.Error("another body is verified")
		}
	})
}

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
