package fedex

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/fedex/fedextest"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

func order() retail.Order {
	usd := retail.Money{Currency: "USD", Amount: 1000, FractionDigits: 2}
	return retail.Order{
		ID: "o-1", Number: "SB-20417", Version: 1, PlacedAt: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Total: usd,
		Lines: []retail.Line{
			{ID: "l-1", Quantity: 2, UnitPrice: usd, Total: usd, WeightGrams: 450},
			{ID: "l-2", Quantity: 1, UnitPrice: usd, Total: usd},
		},
		ShipTo: &retail.Address{
			FirstName: "Rosalind", LastName: "Achterberg", Street: "4120 Juniper Hollow Road", Additional: "Apartment 7",
			City: "Austin", State: "TX", PostalCode: "78741", Country: "US", Phone: "+1 512 555 0142",
		},
	}
}

// serve returns a client of d and the server between them.
func serve(t *testing.T, d *fedextest.Double, change ...func(map[string]string)) (*Client, *connectortest.Server) {
	t.Helper()
	s := connectortest.Serve(d)
	t.Cleanup(s.Close)
	settings := d.Settings(s.URL)
	settings[config.BaseURLName("fedex")] = s.URL
	for _, f := range change {
		f(settings)
	}
	c, err := New(config.Static(settings, map[string]map[string]string{"fedex": d.Secret()}))
	if err != nil {
		t.Fatal(err)
	}
	c.interval = time.Millisecond
	return c, s
}

var since = time.Now().Add(-time.Hour)

func TestCreateThenFindThenCancel(t *testing.T) {
	d := fedextest.New()
	c, _ := serve(t, d)
	if _, found, err := c.FindShipment(t.Context(), "e-1", since, time.Now()); found || err != nil {
		t.Fatalf("found %v before it was created, error %v", found, err)
	}
	created, err := c.CreateShipment(t.Context(), "e-1", order())
	if err != nil {
		t.Fatal(err)
	}
	if created.TrackingNumber == "" || !strings.HasPrefix(created.LabelURL, "https://") {
		t.Errorf("created %+v", created)
	}
	found, ok, err := c.FindShipment(t.Context(), "e-1", since, time.Now())
	if err != nil || !ok || found.TrackingNumber != created.TrackingNumber {
		t.Errorf("found %+v %v, error %v", found, ok, err)
	}
	if _, ok, _ := c.FindShipment(t.Context(), "e-2", since, time.Now()); ok {
		t.Error("another event's shipment was found")
	}
	if err := c.Cancel(t.Context(), "e-1", created.TrackingNumber); err != nil {
		t.Error(err)
	}
	if _, ok, err := c.FindShipment(t.Context(), "e-1", since, time.Now()); ok || err != nil {
		t.Errorf("a cancelled shipment was found: %v, error %v", ok, err)
	}
	if f := fault.Of(c.Cancel(t.Context(), "e-1", created.TrackingNumber)); f == nil || f.Kind != fault.Permanent {
		t.Errorf("cancelled twice: %v", f)
	}
}

// FedEx makes another shipment of every request; nothing in the client may send one twice.
func TestCreateIsSentOnce(t *testing.T) {
	d := fedextest.New()
	c, s := serve(t, d)
	s.Script(func(r *http.Request) *connectortest.Fault {
		if r.URL.Path == "/ship/v1/shipments" {
			return &connectortest.Fault{Reset: true, After: true}
		}
		return nil
	})
	_, err := c.CreateShipment(t.Context(), "e-1", order())
	if f := fault.Of(err); f == nil || !f.Ambiguous || f.Reason != "fedex-connection" {
		t.Errorf("error %+v", f)
	}
	if n := len(d.Effects()); n != 1 {
		t.Errorf("%d shipments", n)
	}
	s.Script(nil)
	if _, ok, err := c.FindShipment(t.Context(), "e-1", since, time.Now()); !ok || err != nil {
		t.Errorf("the hidden shipment was not found: error %v", err)
	}
}

func TestRequestGolden(t *testing.T) {
	d := fedextest.New()
	c, s := serve(t, d)
	for range 2 {
		if _, err := c.CreateShipment(t.Context(), "e-1", order()); err != nil {
			t.Fatal(err)
		}
	}
	var bodies []string
	for _, x := range s.Exchanges() {
		if x.Path == "/ship/v1/shipments" {
			bodies = append(bodies, string(x.Body))
			if x.Header.Get("X-Customer-Transaction-Id") != "e-1" || x.Header.Get("X-Locale") != "en_US" {
				t.Errorf("header %v", x.Header)
			}
		}
	}
	want := `{"labelResponseOptions":"URL_ONLY","accountNumber":{"value":"510087020"},"processingOptionType":"SYNCHRONOUS_ONLY",` +
		`"requestedShipment":{"pickupType":"USE_SCHEDULED_PICKUP","serviceType":"FEDEX_GROUND","packagingType":"YOUR_PACKAGING","totalWeight":4.2,` +
		`"shipper":{"contact":{"personName":"Warehouse 7","phoneNumber":"9015551234","companyName":"Acme"},` +
		`"address":{"streetLines":["10 FedEx Pkwy"],"city":"Memphis","stateOrProvinceCode":"TN","postalCode":"38115","countryCode":"US"}},` +
		`"recipients":[{"contact":{"personName":"Rosalind Achterberg","phoneNumber":"5125550142"},` +
		`"address":{"streetLines":["4120 Juniper Hollow Road","Apartment 7"],"city":"Austin","stateOrProvinceCode":"TX","postalCode":"78741","countryCode":"US"}}],` +
		`"shippingChargesPayment":{"paymentType":"SENDER","payor":{"responsibleParty":{"accountNumber":{"value":"510087020"}}}},` +
		`"labelSpecification":{"imageType":"PDF","labelStockType":"PAPER_4X6"},` +
		`"requestedPackageLineItems":[{"sequenceNumber":1,"weight":{"units":"LB","value":4.2},"customerReferences":[` +
		`{"customerReferenceType":"CUSTOMER_REFERENCE","value":"SB-20417"},{"customerReferenceType":"P_O_NUMBER","value":"` + Reference("e-1") + `"}]}]}}`
	if d := cmp.Diff([]string{want, want}, bodies); d != "" {
		t.Error(d)
	}
}

func TestReferenceFitsTheLabel(t *testing.T) {
	a, b := Reference("0b0c3f5e-4a6f-5a3e-9a77-1f5b8a3f2c11"), Reference("0b0c3f5e-4a6f-5a3e-9a77-1f5b8a3f2c12")
	if a == b || len(a) > maxReference || strings.Trim(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		t.Errorf("%q %q", a, b)
	}
}

func TestTokens(t *testing.T) {
	t.Run("one serves all requests", func(t *testing.T) {
		d := fedextest.New()
		c, _ := serve(t, d)
		for i := range 3 {
			if _, err := c.CreateShipment(t.Context(), fmt.Sprint(i), order()); err != nil {
				t.Fatal(err)
			}
		}
		if n := d.TokensGranted(); n != 1 {
			t.Errorf("%d tokens", n)
		}
	})
	t.Run("a revoked one is replaced once", func(t *testing.T) {
		d := fedextest.New()
		c, _ := serve(t, d)
		if _, err := c.CreateShipment(t.Context(), "e-1", order()); err != nil {
			t.Fatal(err)
		}
		d.Revoke()
		if _, err := c.CreateShipment(t.Context(), "e-2", order()); err != nil {
			t.Error(err)
		}
		if n, m := d.TokensGranted(), len(d.Effects()); n != 2 || m != 2 {
			t.Errorf("%d tokens, %d shipments", n, m)
		}
	})
	t.Run("credentials that are refused wait for better ones", func(t *testing.T) {
		d := fedextest.New()
		s := connectortest.Serve(d)
		defer s.Close()
		settings := d.Settings(s.URL)
		settings["FEDEX_BASE_URL"] = s.URL
		c, err := New(config.Static(settings, map[string]map[string]string{"fedex": {"client_id": "x", "client_secret": "hunter2"}}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.CreateShipment(t.Context(), "e-1", order())
		if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || f.Ambiguous || f.Reason != "fedex-token-401" || strings.Contains(f.Error(), "hunter2") {
			t.Errorf("error %+v", f)
		}
	})
	t.Run("a barred address waits", func(t *testing.T) {
		c, s := serve(t, fedextest.New())
		s.Script(func(*http.Request) *connectortest.Fault { return &connectortest.Fault{Status: 403} })
		_, err := c.CreateShipment(t.Context(), "e-1", order())
		if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || f.Ambiguous || f.Reason != "fedex-token-403" || f.RetryAfter != 10*time.Minute {
			t.Errorf("error %+v", f)
		}
	})
}

func TestDeferredShipment(t *testing.T) {
	t.Run("its results are awaited", func(t *testing.T) {
		d := fedextest.NewWith(fedextest.Options{Deferred: 2})
		c, _ := serve(t, d)
		s, err := c.CreateShipment(t.Context(), "e-1", order())
		if err != nil || s.TrackingNumber != d.Shipments()[0].TrackingNumber {
			t.Errorf("shipment %+v, error %v", s, err)
		}
	})
	t.Run("results that do not come leave it open", func(t *testing.T) {
		c, _ := serve(t, fedextest.NewWith(fedextest.Options{Deferred: 100}))
		_, err := c.CreateShipment(t.Context(), "e-1", order())
		if f := fault.Of(err); f == nil || f.Reason != "fedex-pending" || !f.Ambiguous || f.RetryAfter != time.Minute {
			t.Errorf("error %+v", f)
		}
	})
	t.Run("results that are refused leave it open", func(t *testing.T) {
		c, s := serve(t, fedextest.NewWith(fedextest.Options{Deferred: 1}))
		s.Script(func(r *http.Request) *connectortest.Fault {
			if strings.HasSuffix(r.URL.Path, "/results") {
				return &connectortest.Fault{Status: 400, Body: `{"errors":[{"code":"SHIPMENT.JOBID.INVALID"}]}`}
			}
			return nil
		})
		_, err := c.CreateShipment(t.Context(), "e-1", order())
		if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || !f.Ambiguous || f.Reason != "fedex-400" {
			t.Errorf("error %+v", f)
		}
	})
	t.Run("it is not awaited beyond the deadline", func(t *testing.T) {
		c, s := serve(t, fedextest.NewWith(fedextest.Options{Deferred: 100}))
		c.interval = time.Minute
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := c.CreateShipment(ctx, "e-1", order())
		if f := fault.Of(err); f == nil || f.Reason != "fedex-pending" {
			t.Errorf("error %+v", f)
		}
		if x := s.Exchanges(); len(x) != 2 {
			t.Errorf("%d requests, want the token and the shipment", len(x))
		}
	})
}

// A reference that is not found differs from an answer that does not say so:
// the second shipment of an order costs money.
func TestFindShipmentSaysNoOnlyIfFedExDoes(t *testing.T) {
	result := func(s string) string {
		return `{"output":{"completeTrackResults":[{"trackingNumber":"","trackResults":[` + s + `]}]}}`
	}
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   string // "none", a tracking number, or the reason of an error
	}{
		{"a result is one", 200, result(`{"trackingNumberInfo":{"trackingNumber":"794"}}`), "794"},
		{"the result after a cancelled one is one", 200, result(`{"trackingNumberInfo":{"trackingNumber":"1"},"latestStatusDetail":{"code":"CA"}},{"trackingNumberInfo":{"trackingNumber":"794"}}`), "794"},
		{"a result that names not found is none", 200, result(`{"error":{"code":"TRACKING.REFERENCENUMBER.NOTFOUND"}}`), "none"},
		{"an alert that names not found is none", 200, `{"output":{"alerts":[{"code":"TRACKING.DATA.NOTFOUND"}]}}`, "none"},
		{"an empty list is none", 200, `{"output":{"completeTrackResults":[]}}`, "none"},
		{"a refusal that names not found is none", 404, `{"errors":[{"code":"TRACKING.REFERENCENUMBER.NOTFOUND"}]}`, "none"},
		{"a missing resource is an error", 404, `{"errors":[{"code":"NOT.FOUND.ERROR"}]}`, "fedex-404"},
		{"a missing page is an error", 404, `not found`, "fedex-404"},
		{"two codes of which one is another are an error", 404, `{"errors":[{"code":"TRACKING.X"},{"code":"TRACKING.DATA.NOTFOUND"}]}`, "fedex-404"},
		{"another error of a result is an error", 200, result(`{"error":{"code":"SYSTEM.UNAVAILABLE.EXCEPTION"}}`), "fedex-answer"},
		{"another alert is an error", 200, `{"output":{"alerts":[{"code":"SYSTEM.BUSY"}]}}`, "fedex-answer"},
		{"a result without a number is an error", 200, result(`{}`), "fedex-answer"},
		{"no result is an error", 200, result(``), "fedex-answer"},
		{"no output is an error", 200, `{}`, "fedex-answer"},
		{"an empty body is an error", 200, ``, "fedex-answer"},
		{"a page is an error", 200, `<html>`, "fedex-answer"},
		{"a failure is an error", 500, `{"errors":[{"code":"INTERNAL.SERVER.ERROR"}]}`, "fedex-500"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, s := serve(t, fedextest.New())
			s.Script(func(r *http.Request) *connectortest.Fault {
				if strings.HasPrefix(r.URL.Path, "/track/") {
					return &connectortest.Fault{Status: c.status, Body: c.body}
				}
				return nil
			})
			found, ok, err := client.FindShipment(t.Context(), "e-1", since, time.Now())
			got := "none"
			if ok {
				got = found.TrackingNumber
			}
			if err != nil {
				got = fault.Of(err).Reason
			}
			if got != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
		})
	}
}

func TestFindShipmentWindow(t *testing.T) {
	c, s := serve(t, fedextest.New())
	at := time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)
	if _, _, err := c.FindShipment(t.Context(), "e-1", at.AddDate(0, 0, -3), at); err != nil {
		t.Fatal(err)
	}
	x := s.Exchanges()
	want := `{"referencesInformation":{"type":"PURCHASE_ORDER","value":"` + Reference("e-1") + `","accountNumber":"510087020","shipDateBegin":"2026-11-18","shipDateEndDate":"2026-11-23"},"includeDetailedScans":false}`
	if got := string(x[len(x)-1].Body); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAnswerWithoutTrackingNumberLeavesItOpen(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":    `{}`,
		"no number":  `{"output":{"transactionShipments":[{"pieceResponses":[{}]}]}}`,
		"half":       `{"output":{"transactionShipments":[{"masterTrackingNumber":"79`,
		"wrong type": `{"output":{"transactionShipments":{}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			c, s := serve(t, fedextest.New())
			s.Script(func(r *http.Request) *connectortest.Fault {
				if r.URL.Path == "/ship/v1/shipments" {
					return &connectortest.Fault{Status: 200, Body: body, After: true}
				}
				return nil
			})
			_, err := c.CreateShipment(t.Context(), "e-1", order())
			if f := fault.Of(err); f == nil || f.Reason != "fedex-answer" || !f.Ambiguous {
				t.Errorf("error %+v", f)
			}
		})
	}
}
