package klaviyo_test

import (
	"testing"
	"time"

	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/klaviyo/klaviyotest"
	"signalbox/shared/event/retail"
)

func TestReturnLabelIsRecordedOnceAndWithoutAddresses(t *testing.T) {
	client, double, server := serve(t, nil)
	label := retail.ReturnLabelled{
		ReturnID: "i-1", OrderID: "o-1", OrderNumber: "A-1", Carrier: "FedEx", TrackingNumber: "794", LabelURL: "https://label",
		Customer: retail.Customer{ID: "c-1", Email: "max@example.com", FirstName: "Max", LastName: "Muster"},
	}
	for range 2 {
		if err := client.ReturnLabelCreated(within(t), "e-1", time.Date(2026, 3, 16, 8, 12, 47, 5, time.UTC), label); err != nil {
			t.Fatal(err)
		}
	}
	x := server.Exchanges()[0]
	golden(t, "testdata/return-label-created.json", x.Body)
	events := double.Events()
	if len(events) != 1 || events[0].Metric != "Return Label Created" || events[0].Profile != (klaviyotest.Profile{Email: "max@example.com", ExternalID: "c-1"}) || events[0].Properties["LabelUrl"] != "https://label" {
		t.Errorf("recorded: %+v", events)
	}
	t.Run("by its own document", func(t *testing.T) { contract.JudgeBoth(t, "klaviyo.json")(x) })
}
