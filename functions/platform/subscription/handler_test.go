package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	client "signalbox/shared/connector/commercetools"
	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/fault"
	"signalbox/shared/function/customresource"
	"signalbox/shared/function/schedule"
)

func build(t *testing.T, secret map[string]string) (handler, *commercetoolstest.Double) {
	t.Helper()
	double := commercetoolstest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	settings := double.Settings(server.URL)
	settings[config.BaseURLName(double.System())] = server.URL
	settings["SUBSCRIPTION_KEY"] = "signalbox"
	keys := double.Secret()
	for name, value := range secret {
		keys[name] = value
	}
	values := config.Static(settings, map[string]map[string]string{double.System(): keys})
	shop, err := client.New(values, client.ManageSubscriptions)
	if err != nil {
		t.Fatal(err)
	}
	return newHandler(values, shop), double
}

type object = map[string]any

// properties are those of the stack's resource.
func properties(key string, destination object) jsontext.Value {
	text, err := json.Marshal(object{
		"ServiceToken": "arn:aws:lambda:x", "ServiceTimeout": "600",
		"Draft": object{
			"key": key, "destination": destination, "format": object{"type": "Platform"},
			"messages": []any{object{"resourceTypeId": "order", "types": []any{"OrderCreated"}}},
			"changes":  []any{object{"resourceTypeId": "inventory-entry"}},
		},
	})
	if err != nil {
		panic(err)
	}
	return text
}

func sqs(account string) object {
	return object{"type": "SQS", "queueUrl": "https://sqs.eu-central-1.amazonaws.com/" + account + "/q", "region": "eu-central-1", "authenticationMode": "IAM"}
}

func TestLifeOfTheSubscription(t *testing.T) {
	h, double := build(t, nil)
	settle := func(kind, id string, p jsontext.Value, want string) {
		t.Helper()
		got, err := h.settle(t.Context(), customresource.Request{Type: kind, ID: id, Properties: p})
		if err != nil || got.ID != want {
			t.Fatalf("%s: %+v, %v; want %s", kind, got, err, want)
		}
	}
	has := func(key string, want bool) {
		t.Helper()
		if _, ok := double.Subscription(key); ok != want {
			t.Errorf("%s stands: %t", key, ok)
		}
	}
	first := properties("signalbox", sqs("123456789012"))
	settle("Create", "", first, "signalbox")
	settle("Create", "", first, "signalbox") // Lambda repeats what was not answered.
	has("signalbox", true)
	settle("Update", "signalbox", properties("signalbox", sqs("210987654321")), "signalbox")
	if text, _ := double.Subscription("signalbox"); !strings.Contains(string(text), "210987654321") {
		t.Errorf("after the update: %s", text)
	}
	// Another key is another resource: CloudFormation deletes the old one after.
	settle("Update", "signalbox", properties("signalbox-2", sqs("123456789012")), "signalbox-2")
	settle("Delete", "signalbox", first, "signalbox")
	has("signalbox", false)
	has("signalbox-2", true)
	settle("Delete", "signalbox", first, "signalbox")
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		properties jsontext.Value

		says string
	}{
		"a queue that takes nothing": {properties("signalbox", sqs("0000000000")), "kms:GenerateDataKey"},
		"Kafka without its keys":     {properties("signalbox", object{"type": "ConfluentCloud", "bootstrapServer": "b:9092", "topic": "t", "acks": "all"}), "confluent_api_key"},
		"nothing to subscribe to":    {jsontext.Value(`{"Draft":{"key":"k","destination":{"type":"SQS"}}}`), "something to subscribe to"},
		"no key":                     {jsontext.Value(`{"Draft":{"destination":{"type":"SQS"}}}`), "Draft.key"},
		"no destination":             {jsontext.Value(`{"Draft":{"key":"k"}}`), "destination.type"},
		"no draft":                   {jsontext.Value(`{"Draft":7}`), "Draft"},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := build(t, nil)
			_, err := h.settle(t.Context(), customresource.Request{Type: "Create", Properties: c.properties})
			if fault.KindOf(err) == fault.Retryable || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

func TestKeysOfKafkaComeFromTheSecret(t *testing.T) {
	h, double := build(t, map[string]string{"confluent_api_key": "K", "confluent_api_secret": "S"})
	var got map[string]any
	double.DeliverBy(func(destination map[string]any, _ []byte) error { got = destination; return nil })
	p := properties("signalbox", object{"type": "ConfluentCloud", "bootstrapServer": "b:9092", "topic": "t", "acks": "all"})
	if _, err := h.settle(t.Context(), customresource.Request{Type: "Create", Properties: p}); err != nil {
		t.Fatal(err)
	}
	if got["apiKey"] != "K" || got["apiSecret"] != "S" {
		t.Errorf("destination %v", got)
	}
}

// Whatever the reason of a refusal is, it stays the same when it is explained.
func TestExplanationKeepsTheFault(t *testing.T) {
	for reason := range advice {
		before := &fault.Error{Kind: fault.Permanent, Reason: reason, Err: errors.New("status 400")}
		after := fault.Of(explained(before))
		if after.Kind != before.Kind || after.Reason != reason || !strings.HasPrefix(after.Err.Error(), "status 400; ") {
			t.Errorf("%s: %+v", reason, after)
		}
	}
	plain := fault.Retry("commercetools-503", 0, errors.New("x"))
	if explained(plain) != plain || explained(nil) != nil {
		t.Error("what needs no explanation is changed")
	}
}

func TestStatusIsCountedAsTheAlarmsKnowIt(t *testing.T) {
	counted := append(append([]string{catalog.MetricSubscription + client.Healthy}, catalog.SubscriptionHurt...), catalog.SubscriptionStopped...)
	seen := map[string]bool{}
	h, double := build(t, nil)
	check := func(want string) {
		t.Helper()
		report, err := h.check(t.Context(), schedule.Invocation{})
		if err != nil || len(report.Counts) != 1 || report.Counts[want] != 1 {
			t.Errorf("%v, %v; want %s", report, err, want)
		}
		seen[want] = true
	}
	check(catalog.MetricSubscriptionMissing)
	if _, err := h.settle(t.Context(), customresource.Request{Type: "Create", Properties: properties("signalbox", sqs("123456789012"))}); err != nil {
		t.Fatal(err)
	}
	for _, status := range []string{client.Healthy, client.ConfigurationError, client.DeliveryStopped, client.TemporaryError, client.ManuallySuspended} {
		double.SetStatus("signalbox", status)
		check(catalog.MetricSubscription + status)
	}
	double.SetStatus("signalbox", "NoLongerThere")
	check(catalog.MetricSubscriptionUnknown)
	for _, name := range counted {
		if !seen[name] {
			t.Errorf("%s is never counted", name)
		}
	}
	if len(seen) != len(counted) {
		t.Errorf("counted %v, watched %v", seen, counted)
	}
}

func FuzzProperties(f *testing.F) {
	f.Add([]byte(properties("signalbox", sqs("123456789012"))))
	f.Add([]byte(`{"Draft":{"key":"k","messages":[{}]}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := handler{}.draft(text)
		if err == nil && (d.Key == "" || d.Destination.Type == "" || len(d.Messages)+len(d.Changes) == 0) {
			t.Errorf("%+v", d)
		}
	})
}
