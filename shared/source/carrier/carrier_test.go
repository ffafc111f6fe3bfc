package carrier_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/source/carrier"
)

func delivered(t testing.TB) []byte {
	t.Helper()
	body, err := os.ReadFile("../../../events-samples/carrier/delivered.json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestAWebhookIsAnEvent(t *testing.T) {
	events, err := carrier.Open("msg_1", delivered(t))
	if err != nil || len(events) != 1 {
		t.Fatalf("%v, %v", events, err)
	}
	e, err := event.As[retail.ShipmentDelivered](events[0])
	if err != nil || e.Data.Parcel.TrackingNumber != "VT-20417-1" || e.Source != "/carrier" {
		t.Errorf("%+v, %v", e, err)
	}
	again, err := carrier.Open("msg_1", delivered(t))
	if err != nil || again[0].ID != events[0].ID {
		t.Errorf("sent again it is %v, %v", again, err)
	}
	other, err := carrier.Open("msg_2", delivered(t))
	if err != nil || other[0].ID == events[0].ID {
		t.Errorf("another webhook is the same event: %v, %v", other, err)
	}
}

func TestWebhooksThatAreNoEvents(t *testing.T) {
	for name, c := range map[string]struct{ body, field string }{
		"no JSON":            {"canary", "webhook"},
		"no type":            {`{}`, "webhook.type"},
		"no time":            {`{"type":"shipment.delivered"}`, "webhook.timestamp"},
		"no data":            {`{"type":"shipment.delivered","timestamp":"2026-03-07T19:40:00Z"}`, "webhook.data"},
		"data without a day": {`{"type":"shipment.delayed","timestamp":"2026-03-07T19:40:00Z","data":{"parcel":{"carrier":"canary","trackingNumber":"1"},"reason":"canary"}}`, "data."},
	} {
		_, err := carrier.Open("msg_1", []byte(c.body))
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.field) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := carrier.Open("msg_1", []byte(`{"type":"order.created","timestamp":"2026-03-07T19:40:00Z","data":{}}`))
	var ignored *carrier.Ignored
	if !errors.As(err, &ignored) {
		t.Errorf("another type: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(delivered(f))
	f.Add([]byte(`{"type":"shipment.delayed","timestamp":"2026-03-07T19:40:00Z","data":{"reason":"x"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := carrier.Open("msg_1", body)
		var ignored *carrier.Ignored
		if err == nil && len(events) != 1 || err != nil && !errors.As(err, &ignored) && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%v, %v", events, err)
		}
	})
}
