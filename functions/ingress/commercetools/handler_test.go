package main

import (
	"os"
	"reflect"
	"testing"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	client "signalbox/shared/connector/commercetools"
	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
)

// build returns the handler with the catalog's own defaults, in front of a double
// that knows what the notification is about.
func build(t *testing.T, notification []byte) handler {
	t.Helper()
	double := commercetoolstest.New()
	if err := double.PutNotification(notification); err != nil {
		t.Fatal(err)
	}
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	settings := double.Settings(server.URL)
	settings[config.BaseURLName(double.System())] = server.URL
	function, ok := catalog.FunctionByName("commercetools")
	if !ok {
		t.Fatal("the function is not in the catalog")
	}
	for _, s := range function.AllSettings() {
		settings[s.Name] = s.Default
	}
	values := config.Static(settings, map[string]map[string]string{double.System(): double.Secret()})
	shop, err := client.New(values, client.ViewProducts, client.ViewPayments, client.ViewCustomers)
	if err != nil {
		t.Fatal(err)
	}
	return newHandler(values, shop)
}

func open(t *testing.T, sample string) ([]event.Raw, error) {
	t.Helper()
	body, err := os.ReadFile("../../../events-samples/commercetools/" + sample)
	if err != nil {
		t.Fatal(err)
	}
	return build(t, body).open(t.Context(), body)
}

func TestOrderBecomesAnEventWithWhatTheSettingsName(t *testing.T) {
	events, err := open(t, "order-created.json")
	if err != nil || len(events) != 2 {
		t.Fatalf("open = %d events, %v", len(events), err)
	}
	e, err := event.As[retail.OrderCreated](events[0])
	if err != nil {
		t.Fatal(err)
	}
	o := e.Data.Order
	if o.PaymentMethod != "pm_1SampleVisaRosalind" || o.RiskSession != "rse_1SampleSessionRosalind" || o.Lines[0].WeightGrams != 2350 {
		t.Errorf("payment method %q, risk session %q, weight %d", o.PaymentMethod, o.RiskSession, o.Lines[0].WeightGrams)
	}
}

func TestMessageWithoutPayloadIsReadFromCommercetools(t *testing.T) {
	events, err := open(t, "order-created.payload-not-included.json")
	if err != nil || len(events) != 2 {
		t.Fatalf("open = %d events, %v", len(events), err)
	}
	if events[0].Subject != commercetoolstest.SampleOrder || !events[0].Refetched {
		t.Errorf("event about %s, refetched: %t", events[0].Subject, events[0].Refetched)
	}
}

func TestRefundIsReadFromThePaymentsOfTheOrder(t *testing.T) {
	events, err := open(t, "order-refunded.json")
	if err != nil || len(events) != 1 {
		t.Fatalf("open = %d events, %v", len(events), err)
	}
	e, err := event.As[retail.OrderRefunded](events[0])
	if err != nil || e.Data.Refunded.Amount != 19115 || !e.Data.Whole() {
		t.Errorf("%+v, %v", e.Data, err)
	}
}

func TestNotificationsNothingFollowsFromAreAcknowledged(t *testing.T) {
	for sample, reason := range map[string]string{
		"test-notification.json": "subscription-test",
		"unknown-type.json":      "message-OrderRouteRecalculated",
	} {
		events, err := open(t, sample)
		if want := function.Ignore(reason); !reflect.DeepEqual(err, want) || len(events) != 0 {
			t.Errorf("%s: open = %d events, %v; want %v", sample, len(events), err, want)
		}
	}
}

func TestBodyThatCannotBeUnderstoodIsInvalid(t *testing.T) {
	if _, err := open(t, "malformed.json"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("open: %v", err)
	}
}
