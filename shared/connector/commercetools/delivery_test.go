package commercetools

import (
	"context"
	"flag"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

var update = flag.Bool("update", false, "rewrite the golden requests")

// parcel holds every line of the sample order.
func parcel() Delivery {
	d := Delivery{Key: "signalbox-1", TrackingID: "794953535000", Carrier: "FedEx"}
	for _, id := range []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"} {
		d.Items = append(d.Items, DeliveryItem{ID: "55ee00" + id + "-7096-4fc3-90b2-4e5f60718205", Quantity: 4})
	}
	return d
}

type object = map[string]any

// change edits the sample order of the double.
func change(t *testing.T, d *commercetoolstest.Double, edit func(o object)) {
	t.Helper()
	encoded, _ := d.Order(commercetoolstest.SampleOrder)
	var o object
	if err := json.Unmarshal(encoded, &o); err != nil {
		t.Fatal(err)
	}
	edit(o)
	encoded, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.PutOrder(encoded); err != nil {
		t.Fatal(err)
	}
}

func current(t *testing.T, d *commercetoolstest.Double) order {
	t.Helper()
	encoded, _ := d.Order(commercetoolstest.SampleOrder)
	var o order
	if err := strictjson.Unmarshal("order", encoded, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestDeliveryIsWrittenWithItsParcelAndTheState(t *testing.T) {
	client, double, server := serve(t)
	if err := client.AddDelivery(t.Context(), commercetoolstest.SampleOrder, parcel()); err != nil {
		t.Fatal(err)
	}
	exchanges := server.Exchanges()
	last := exchanges[len(exchanges)-1]
	if *update {
		if err := os.WriteFile("testdata/add-delivery.json", append(last.Body, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/add-delivery.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(want)), string(last.Body)); diff != "" {
		t.Errorf("the update differs from testdata/add-delivery.json (-golden +got):\n%s", diff)
	}
	o := current(t, double)
	if o.ShipmentState != "Shipped" || !o.hasDelivery("signalbox-1") {
		t.Errorf("shipment state %s, delivery written: %t", o.ShipmentState, o.hasDelivery("signalbox-1"))
	}
	effects := double.Effects()
	if len(effects) != 1 || effects[0].Reference != commercetoolstest.SampleOrder || effects[0].What != "delivery signalbox-1" {
		t.Errorf("effects: %+v", effects)
	}
}

func TestDeliveryIsWrittenOnceHoweverOftenItIsAskedFor(t *testing.T) {
	client, double, server := serve(t)
	for range 3 {
		if err := client.AddDelivery(t.Context(), commercetoolstest.SampleOrder, parcel()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(double.Effects()); n != 1 {
		t.Errorf("%d deliveries; want 1", n)
	}
	if posts := strings.Count(requests(server), "POST /acme-dev"); posts != 1 {
		t.Errorf("%d updates; want 1", posts)
	}
}

// If the order changes between reading and writing, the decision is made again.
func TestOrderThatChangesMeanwhileIsReadAgain(t *testing.T) {
	tests := map[string]struct {
		changes int
		reason  string
		posts   int
	}{
		"once":               {1, "", 2},
		"three times":        {3, "", 4},
		"more than we allow": {4, "commercetools-ConcurrentModification", 4},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client, double, server := serve(t)
			left := test.changes
			server.Script(func(r *http.Request) *connectortest.Fault {
				if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/orders/") && left > 0 {
					left--
					change(t, double, func(o object) { o["version"] = o["version"].(float64) + 1 })
				}
				return nil
			})
			err := client.AddDelivery(t.Context(), commercetoolstest.SampleOrder, parcel())
			if f := fault.Of(err); test.reason == "" && f != nil || test.reason != "" && (f == nil || f.Reason != test.reason || f.Kind != fault.Retryable || f.Ambiguous) {
				t.Errorf("AddDelivery: %v; want %q", err, test.reason)
			}
			if posts := strings.Count(requests(server), "POST /acme-dev"); posts != test.posts {
				t.Errorf("%d updates; want %d:\n%s", posts, test.posts, requests(server))
			}
		})
	}
}

func TestDeliveryThatAnotherWroteMeanwhileIsNotRepeated(t *testing.T) {
	client, double, server := serve(t)
	other, err := New(values(double, server.URL))
	if err != nil {
		t.Fatal(err)
	}
	raced := false
	server.Script(func(r *http.Request) *connectortest.Fault {
		if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/orders/") && !raced {
			raced = true
			if err := other.AddDelivery(context.Background(), commercetoolstest.SampleOrder, parcel()); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	if err := client.AddDelivery(t.Context(), commercetoolstest.SampleOrder, parcel()); err != nil {
		t.Fatal(err)
	}
	if n := len(double.Effects()); n != 1 {
		t.Errorf("%d deliveries; want 1", n)
	}
}

// "The requested action may successfully complete after the error is returned."
func TestUpdateThatFailsWithoutAWordIsLookedUp(t *testing.T) {
	tests := map[string]struct {
		fault   connectortest.Fault
		times   int
		effects int
		reason  string
	}{
		"a 500 after it was done":     {connectortest.Fault{Status: 500, After: true}, 1, 1, ""},
		"a 500 before it was done":    {connectortest.Fault{Status: 500}, 1, 0, "commercetools-500"},
		"a reset after it was done":   {connectortest.Fault{Reset: true, After: true}, 1, 1, ""},
		"a reset before it was done":  {connectortest.Fault{Reset: true}, 1, 1, ""},
		"resets after it was done":    {connectortest.Fault{Reset: true, After: true}, 2, 1, ""},
		"resets before it was done":   {connectortest.Fault{Reset: true}, 2, 0, "commercetools-connection"},
		"a 503 after it was done":     {connectortest.Fault{Status: 503, After: true}, 1, 1, ""},
		"a 503 before it was done":    {connectortest.Fault{Status: 503}, 1, 1, ""},
		"a 502 twice":                 {connectortest.Fault{Status: 502}, 2, 0, "commercetools-502"},
		"a 502 twice, after the fact": {connectortest.Fault{Status: 502, After: true}, 2, 1, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client, double, server := serve(t)
			left := test.times
			server.Script(func(r *http.Request) *connectortest.Fault {
				if r.Method != http.MethodPost || !strings.Contains(r.URL.Path, "/orders/") || left == 0 {
					return nil
				}
				left--
				f := test.fault
				return &f
			})
			err := client.AddDelivery(t.Context(), commercetoolstest.SampleOrder, parcel())
			if f := fault.Of(err); test.reason == "" && f != nil || test.reason != "" && (f == nil || f.Reason != test.reason || !f.Ambiguous) {
				t.Errorf("AddDelivery: %v; want %q", err, test.reason)
			}
			if n := len(double.Effects()); n != test.effects {
				t.Errorf("%d deliveries; want %d", n, test.effects)
			}
			server.Script(nil)
			if err := client.AddDelivery(t.Context(), commercetoolstest.SampleOrder, parcel()); err != nil {
				t.Errorf("the event comes back: %v", err)
			}
			if n := len(double.Effects()); n != 1 {
				t.Errorf("%d deliveries in the end; want 1", n)
			}
		})
	}
}

func TestOrderNobodyKnowsIsPermanent(t *testing.T) {
	client, _, _ := serve(t)
	err := client.AddDelivery(t.Context(), "unknown", parcel())
	if f := fault.Of(err); f == nil || f.Kind != fault.Permanent || f.Reason != "commercetools-ResourceNotFound" {
		t.Errorf("AddDelivery: %v", err)
	}
}

func TestAnswerThatIsNotTheOrderIsNotActedOn(t *testing.T) {
	for name, body := range map[string]string{
		"not JSON":         "<html>",
		"another order":    `{"id":"other","version":1}`,
		"no version":       `{"id":"` + commercetoolstest.SampleOrder + `"}`,
		"nothing":          "",
		"a name twice":     `{"id":"a","id":"` + commercetoolstest.SampleOrder + `","version":1}`,
		"deliveries wrong": `{"id":"` + commercetoolstest.SampleOrder + `","version":1,"shippingInfo":{"deliveries":{}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			client, _, server := serve(t)
			server.Script(func(r *http.Request) *connectortest.Fault {
				if r.Method == http.MethodGet {
					return &connectortest.Fault{Status: 200, Body: body}
				}
				return nil
			})
			err := client.AddDelivery(t.Context(), commercetoolstest.SampleOrder, parcel())
			if f := fault.Of(err); f == nil || f.Reason != "commercetools-answer" || f.Kind != fault.Retryable {
				t.Errorf("AddDelivery: %v", err)
			}
			if strings.Contains(requests(server), "POST /acme-dev") {
				t.Error("the order was updated")
			}
		})
	}
}

func TestFailureIsNotLookedUpWithoutTime(t *testing.T) {
	client, _, server := serve(t)
	ctx, cancel := context.WithTimeout(t.Context(), 900*time.Millisecond)
	defer cancel()
	server.Script(func(r *http.Request) *connectortest.Fault {
		if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/orders/") {
			return &connectortest.Fault{Status: 500}
		}
		return nil
	})
	if err := client.AddDelivery(ctx, commercetoolstest.SampleOrder, parcel()); fault.KindOf(err) != fault.Retryable {
		t.Errorf("AddDelivery: %v", err)
	}
	if reads := strings.Count(requests(server), "GET"); reads != 1 {
		t.Errorf("%d reads; want 1", reads)
	}
}

func FuzzOrderAnswer(f *testing.F) {
	double := commercetoolstest.New()
	order, _ := double.Order(commercetoolstest.SampleOrder)
	f.Add(order)
	f.Add([]byte(`{"id":"o","version":1,"shippingMode":"Multiple","shipping":[{"shippingKey":"a","shippingInfo":{"deliveries":[{"key":"k","items":[{"id":"l","quantity":1}]}]}}]}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, body []byte) { checkDecision(t, body) })
}

// checkDecision checks what holds for any order that can be read: the delivery
// is there already, is refused permanently, or is written first.
func checkDecision(t *testing.T, body []byte) {
	var o order
	if strictjson.Unmarshal("order", body, &o) != nil || o.hasDelivery("signalbox-1") {
		return
	}
	actions, err := o.ship(parcel())
	if err != nil {
		if fault.KindOf(err) != fault.Permanent {
			t.Errorf("ship: %v", err)
		}
		return
	}
	if len(actions) == 0 || len(actions) > 2 {
		t.Fatalf("%d actions", len(actions))
	}
	if a, ok := actions[0].(addDelivery); !ok || a.DeliveryKey != "signalbox-1" || (a.ShippingKey == "") != (o.ShippingMode != "Multiple") {
		t.Errorf("first action: %+v", actions[0])
	}
}
