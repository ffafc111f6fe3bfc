package klaviyo_test

import (
	"testing"
	"time"

	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/connector/klaviyo/klaviyotest"
)

func TestNewsOfAParcelIsRecordedOnce(t *testing.T) {
	at := time.Date(2026, 3, 6, 18, 4, 0, 5, time.UTC)
	for _, c := range []struct {
		file     string
		shipment klaviyo.Shipment
		url      any
	}{
		{"fulfilled-order", klaviyo.Shipment{Metric: klaviyo.FulfilledOrder, CustomerID: "c-1", Email: "max@example.com", OrderNumber: "A-1", Carrier: "FedEx", TrackingNumber: "794"}, "https://www.fedex.com/fedextrack/?trknbr=794"},
		{"delivered-shipment", klaviyo.Shipment{Metric: klaviyo.DeliveredShipment, Email: "max@example.com", OrderNumber: "A-1", Carrier: "Postman", TrackingNumber: "794"}, nil},
		{"delayed-shipment", klaviyo.Shipment{Metric: klaviyo.DelayedShipment, CustomerID: "c-1", OrderNumber: "A-1", Carrier: "FedEx", TrackingNumber: "794", Reason: "weather", EstimatedAt: at.Add(48 * time.Hour)}, "https://www.fedex.com/fedextrack/?trknbr=794"},
	} {
		t.Run(c.shipment.Metric, func(t *testing.T) {
			client, double, server := serve(t, nil)
			for range 2 {
				if err := client.RecordShipment(within(t), "e-1", at, c.shipment); err != nil {
					t.Fatal(err)
				}
			}
			x := server.Exchanges()[0]
			golden(t, "testdata/"+c.file+".json", x.Body)
			events := double.Events()
			if len(events) != 1 || events[0].Metric != c.shipment.Metric || events[0].Properties["TrackingURL"] != c.url ||
				events[0].Profile != (klaviyotest.Profile{Email: c.shipment.Email, ExternalID: c.shipment.CustomerID}) {
				t.Errorf("recorded: %+v", events)
			}
			t.Run("by its own document", func(t *testing.T) { contract.JudgeBoth(t, "klaviyo.json")(x) })
		})
	}
}
