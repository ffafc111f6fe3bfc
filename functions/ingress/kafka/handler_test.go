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

func open(t *testing.T, sample string) ([]event.Raw, error) {
	t.Helper()
	body, err := os.ReadFile("../../../events-samples/commercetools/" + sample)
	if err != nil {
		t.Fatal(err)
	}
	double := commercetoolstest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	settings := double.Settings(server.URL)
	settings[config.BaseURLName(double.System())] = server.URL
	function, ok := catalog.FunctionByName("kafka")
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
	return newHandler(values, shop).open(t.Context(), body)
}

func TestOrderBecomesAnEventWithWhatTheSettingsName(t *testing.T) {
	events, err := open(t, "order-created.json")
	if err != nil || len(events) != 2 {
		t.Fatalf("open = %d events, %v", len(events), err)
	}
	e, err := event.As[retail.OrderCreated](events[0])
	if err != nil || e.Data.Order.PaymentMethod != "pm_1SampleVisaRosalind" || e.Data.Order.Lines[0].WeightGrams != 2350 {
		t.Errorf("%+v, %v", e.Data, err)
	}
}

func TestNotificationNothingFollowsFromIsAcknowledged(t *testing.T) {
	events, err := open(t, "test-notification.json")
	if want := function.Ignore("subscription-test"); !reflect.DeepEqual(err, want) || len(events) != 0 {
		t.Errorf("open = %d events, %v; want %v", len(events), err, want)
	}
}

func TestBodyThatCannotBeUnderstoodIsInvalid(t *testing.T) {
	if _, err := open(t, "malformed.json"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("open: %v", err)
	}
}
