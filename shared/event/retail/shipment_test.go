package retail_test

import (
	"testing"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

func parcel() retail.Parcel {
	return retail.Parcel{OrderID: "o-1", OrderNumber: "A-1", Carrier: "FedEx", TrackingNumber: "794"}
}

func delivered() retail.ShipmentDelivered {
	return retail.ShipmentDelivered{Parcel: parcel(), DeliveredAt: time.Date(2026, 2, 9, 8, 0, 0, 0, time.UTC)}
}

func delayed() retail.ShipmentDelayed {
	return retail.ShipmentDelayed{Parcel: parcel(), Reason: retail.DelayWeather, ReportedAt: time.Date(2026, 2, 9, 8, 0, 0, 0, time.UTC)}
}

func TestReportsAreAboutTheBestThatIsKnown(t *testing.T) {
	for want, p := range map[string]retail.Parcel{
		"o-1": parcel(),
		"A-1": {OrderNumber: "A-1", Carrier: "FedEx", TrackingNumber: "794"},
		"794": {Carrier: "FedEx", TrackingNumber: "794"},
	} {
		for _, e := range []event.Payload{
			retail.ShipmentDelivered{Parcel: p, DeliveredAt: delivered().DeliveredAt},
			retail.ShipmentDelayed{Parcel: p, Reason: retail.DelayUnknown, ReportedAt: delayed().ReportedAt},
		} {
			if err := e.Validate(); err != nil || e.Subject() != want || e.SchemaVersion() != 1 {
				t.Errorf("%s: %v, subject %q; want %q", e.EventType(), err, e.Subject(), want)
			}
		}
	}
}

func TestShipmentReportRules(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*retail.ShipmentDelayed)
		want   string
	}{
		"a carrier":         {func(p *retail.ShipmentDelayed) { p.Parcel.Carrier = "" }, "parcel.carrier: expected a non-empty string"},
		"a tracking number": {func(p *retail.ShipmentDelayed) { p.Parcel.TrackingNumber = "" }, "parcel.trackingNumber: expected a non-empty string"},
		"a known reason":    {func(p *retail.ShipmentDelayed) { p.Reason = "dog" }, "reason: expected weather, customs, address, recipient, carrier or unknown"},
		"a time":            {func(p *retail.ShipmentDelayed) { p.ReportedAt = time.Time{} }, "reportedAt: expected a time in RFC 3339"},
	} {
		t.Run(name, func(t *testing.T) {
			p := delayed()
			c.change(&p)
			refused(t, p, "data."+c.want)
		})
	}
	p := delivered()
	p.DeliveredAt = time.Time{}
	refused(t, p, "data.deliveredAt: expected a time in RFC 3339")
	p = delivered()
	p.Parcel.Carrier = ""
	refused(t, p, "data.parcel.carrier: expected a non-empty string")
}
