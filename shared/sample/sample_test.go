package sample_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/sample"
	"signalbox/shared/source/commercetools"
)

var update = flag.Bool("update", false, "rewrite the samples of Signalbox's own events")

const folder = "../../events-samples"

func load(t *testing.T) []sample.Sample {
	t.Helper()
	samples, err := sample.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

// open returns the event the ingress makes of one of commercetools' samples.
func open(t *testing.T, name string) event.Raw {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(folder, "commercetools", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	source := commercetools.Source{Project: "acme-dev", Fields: commercetools.Fields{
		PaymentMethod: "stripePaymentMethodId", RiskSession: "stripeRadarSession", Weight: "weightGrams",
	}}
	opened, err := source.Open(context.Background(), body)
	if err != nil || len(opened) == 0 || opened[0].Type != retail.TypeOrderCreated {
		t.Fatalf("opened %d events: %v", len(opened), err)
	}
	return opened[0]
}

// story are the events that follow from commercetools' order-created.json, as the
// functions emit them when the vendors' doubles answer, and what other orders
// become.
func story(t *testing.T) map[string]event.Raw {
	t.Helper()
	created := open(t, "order-created")
	data, err := event.As[retail.OrderCreated](created)
	if err != nil {
		t.Fatal(err)
	}
	order := data.Data.Order
	next := func(function string, cause event.Raw, payload event.Payload) event.Raw {
		t.Helper()
		raw, err := event.Next(function, cause.Header, cause.Time.Add(2*time.Second), payload)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	approved := next("order-created-fraud", created, retail.OrderApproved{Order: order, Screening: retail.Screening{
		Provider: "stripe", Reference: "peval_1SxQ3rLkdIwHu7ix0aBcDeFg", RiskLevel: "normal", Score: 12, Reason: "recommended-continue",
	}})
	lines := make([]retail.ShippedLine, len(order.Lines))
	for i, l := range order.Lines {
		lines[i] = retail.ShippedLine{ID: l.ID, Quantity: l.Quantity}
	}
	return map[string]event.Raw{
		"order.created":            created,
		"order.created.guest":      open(t, "order-created.second"),
		"order.created.on-account": open(t, "order-created.no-payment-method"),
		"order.created.minimal":    open(t, "order-created.minimal"),
		"order.approved":           approved,
		"order.held": next("order-created-fraud", created, retail.OrderHeld{OrderID: order.ID, OrderNumber: order.Number, Screening: retail.Screening{
			Provider: "stripe", Reference: "peval_1SxQ3rLkdIwHu7ix0aBcDeFg", RiskLevel: "highest", Score: 91, Reason: "risk-highest",
		}}),
		"shipment.created": next("order-approved-shipping", approved, retail.ShipmentCreated{
			OrderID: order.ID, OrderNumber: order.Number, Carrier: "FedEx", TrackingNumber: "794953535000", Lines: lines,
		}),
	}
}

func TestOwnSamplesFollowFromTheOrderOfTheShop(t *testing.T) {
	for name, raw := range story(t) {
		encoded, err := event.Encode(raw)
		if err != nil {
			t.Fatal(err)
		}
		want := jsontext.Value(encoded)
		if err := want.Indent(jsontext.WithIndent("  ")); err != nil {
			t.Fatal(err)
		}
		want = append(want, '\n')
		path := filepath.Join(folder, sample.Own, name+".json")
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-update rewrites it):\n%s", path, diff)
		}
	}
}

func TestEveryEventAndEveryFunctionHasASample(t *testing.T) {
	samples := load(t)
	for _, e := range catalog.Events {
		if !slices.ContainsFunc(samples, func(s sample.Sample) bool { return s.Source == sample.Own && s.Name == string(e.Type()) }) {
			t.Errorf("events-samples/signalbox/%s.json is missing", e.Type())
		}
	}
	for _, f := range catalog.Functions {
		if f.IsSchedule() || f.IsHTTP() {
			continue // Nothing is delivered to it; requests are samples of their senders.
		}
		fitting, err := sample.For(samples, f)
		if err != nil {
			t.Fatal(err)
		}
		if len(fitting) == 0 {
			t.Errorf("%s has no sample", f.Name)
		}
	}
}

func TestEveryOwnSampleIsAValidEventOfTheCatalog(t *testing.T) {
	for _, s := range load(t) {
		if s.Source != sample.Own {
			continue
		}
		raw, err := s.Event()
		if err != nil {
			t.Error(err)
			continue
		}
		if _, ok := catalog.EventByType(raw.Type); !ok {
			t.Errorf("%s: type %s is not in the catalog", s.Name, raw.Type)
		}
	}
}

func TestFunctionGetsTheBodyItsQueueWouldHold(t *testing.T) {
	crm, _ := catalog.FunctionByName("order-created-crm")
	fitting, err := sample.For(load(t), crm)
	if err != nil {
		t.Fatal(err)
	}
	var wrapper struct {
		DetailType string         `json:"detail-type"`
		Source     string         `json:"source"`
		Detail     jsontext.Value `json:"detail"`
	}
	if err := json.Unmarshal(fitting[0].Body, &wrapper); err != nil {
		t.Fatal(err)
	}
	if raw, err := event.Parse(wrapper.Detail); err != nil || wrapper.Source != "signalbox" || wrapper.DetailType != string(raw.Type) {
		t.Errorf("got %s from %s: %v", wrapper.DetailType, wrapper.Source, err)
	}
}

func TestBatchGivesEachRecordItsOwnIdentity(t *testing.T) {
	batch := sample.SQS([]byte("{}"), []byte("{}"), []byte("not JSON \xff"))
	if !bytes.Equal(batch, sample.SQS([]byte("{}"), []byte("{}"), []byte("not JSON \xff"))) {
		t.Error("the same bodies gave two batches")
	}
	var decoded struct {
		Records []struct {
			MessageID  string            `json:"messageId"`
			Body       string            `json:"body"`
			Attributes map[string]string `json:"attributes"`
		}
	}
	if err := json.Unmarshal(batch, &decoded, jsontext.AllowInvalidUTF8(true)); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, r := range decoded.Records {
		ids[r.MessageID] = true
	}
	if len(ids) != 3 || decoded.Records[0].Attributes["ApproximateReceiveCount"] != "1" {
		t.Errorf("got %+v", decoded.Records)
	}
}
