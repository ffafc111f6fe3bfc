package fedex_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/source/fedex"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile("../../../events-samples/fedex/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestADeliveryIsTold(t *testing.T) {
	events, err := fedex.Open(read(t, "delivered"))
	if err != nil || len(events) != 1 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	e, err := event.As[retail.ShipmentDelivered](events[0])
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 7, 20, 12, 0, 0, time.UTC)
	want := retail.Parcel{OrderNumber: "SB-20417", Carrier: "FedEx", TrackingNumber: "794953535000"}
	if d := e.Data; d.Parcel != want || !d.DeliveredAt.Equal(at) {
		t.Errorf("%+v", d)
	}
	if !e.Time.Equal(at) || e.Source != "/fedex" || e.CorrelationID != e.ID || e.CausationID != "" {
		t.Errorf("%+v", e.Header)
	}
}

func TestADelayIsToldWithItsReason(t *testing.T) {
	events, err := fedex.Open(read(t, "delayed"))
	if err != nil || len(events) != 1 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	e, err := event.As[retail.ShipmentDelayed](events[0])
	if err != nil || e.Data.Reason != retail.DelayWeather || !e.Data.EstimatedAt.Equal(time.Date(2026, 3, 7, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v, %v", e.Data, err)
	}
}

func TestReasonsOfDelays(t *testing.T) {
	for scan, want := range map[string]string{
		`"eventType":"DY","delayDetail":{"type":"WEATHER"}`:     retail.DelayWeather,
		`"eventType":"DY","delayDetail":{"type":"OPERATIONAL"}`: retail.DelayCarrier,
		`"eventType":"SE","delayDetail":{"type":"CLEARANCE"}`:   retail.DelayCustoms,
		`"eventType":"CD"`:                                    retail.DelayCustoms,
		`"eventType":"DE","exceptionCode":"03"`:               retail.DelayAddress,
		`"eventType":"DE","exceptionCode":"08"`:               retail.DelayRecipient,
		`"eventType":"DD","exceptionCode":"99"`:               retail.DelayUnknown,
		`"eventType":"DY","delayDetail":{"type":"METEORITE"}`: retail.DelayUnknown,
	} {
		events, err := fedex.Open([]byte(one("{" + when + "," + scan + "}")))
		if err != nil || len(events) != 1 {
			t.Fatalf("%s: %v, %v", scan, events, err)
		}
		if e, err := event.As[retail.ShipmentDelayed](events[0]); err != nil || e.Data.Reason != want {
			t.Errorf("%s: %+v, %v, want %s", scan, e.Data, err, want)
		}
	}
}

// one makes a push of one scan.
func one(scan string) string {
	return `{"output":{"completeTrackResults":[{"trackingNumber":"794","trackResults":[{"scanEvents":[` + scan + `]}]}]}}`
}

const when = `"date":"2026-03-07T14:12:00-06:00"`

func TestPushes(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		// want are the types of the events.
		want    string
		ignored string
	}{
		"a delivery":                        {one(`{` + when + `,"eventType":"DL"}`), "shipment.delivered", ""},
		"a code that is only derived":       {one(`{` + when + `,"derivedStatusCode":"DL"}`), "shipment.delivered", ""},
		"a delivery exception":              {one(`{` + when + `,"eventType":"DE"}`), "shipment.delayed", ""},
		"a scan with delay details":         {one(`{` + when + `,"eventType":"IT","delayDetail":{"status":"DELAYED"}}`), "shipment.delayed", ""},
		"a scan that is on time":            {one(`{` + when + `,"eventType":"IT","delayDetail":{"status":"ON_TIME"}}`), "", "scan-IT"},
		"the same scan twice":               {one(`{` + when + `,"eventType":"DL"},{` + when + `,"eventType":"DL"}`), "shipment.delivered", ""},
		"a history out of order":            {one(`{` + when + `,"eventType":"DL"},{"date":"2026-03-06T05:41:00-06:00","eventType":"DY"},{"date":"2026-03-05T01:00:00Z","eventType":"PU"}`), "shipment.delivered shipment.delayed", ""},
		"no scan":                           {one(``), "", "no-scan"},
		"no result":                         {`{"output":{"completeTrackResults":[]}}`, "", "no-scan"},
		"results without an envelope":       {`{"trackResults":[{"trackingNumber":"794","scanEvents":[{` + when + `,"eventType":"DL"}]}]}`, "shipment.delivered", ""},
		"unknown fields":                    {one(`{` + when + `,"eventType":"DL","moon":{"phase":[1,2,3]}}`), "shipment.delivered", ""},
		"an exception code that is no code": {one(`{` + when + `,"eventType":"DY","exceptionCode":"see note"}`), "shipment.delayed", ""},
		"a reference that is not ours":      {`{"trackResults":[{"trackingNumber":"794","additionalTrackingInfo":{"packageIdentifiers":[{"type":"INVOICE","values":["x"]},{"type":"CUSTOMER_REFERENCE","values":[]}]},"scanEvents":[{` + when + `,"eventType":"DL"}]}]}`, "shipment.delivered", ""},
	} {
		t.Run(name, func(t *testing.T) {
			events, err := fedex.Open([]byte(c.body))
			var types []string
			for _, e := range events {
				types = append(types, string(e.Type))
			}
			if got := strings.Join(types, " "); got != c.want {
				t.Errorf("events %q, want %q (%v)", got, c.want, err)
			}
			var ignored *fedex.Ignored
			if errors.As(err, &ignored); c.ignored == "" && err != nil || c.ignored != "" && (ignored == nil || ignored.Reason != c.ignored) {
				t.Errorf("error %v, want ignored %q", err, c.ignored)
			}
		})
	}
}

func TestWhatCannotBeUnderstoodIsNamed(t *testing.T) {
	const canary = "canary"
	for name, c := range map[string]struct{ body, field string }{
		"no JSON":                      {canary, "push"},
		"an array":                     {`[]`, "push"},
		"neither envelope nor results": {`{"event":"` + canary + `"}`, "push.output"},
		"an envelope without results":  {`{"output":{}}`, "push.output.completeTrackResults"},
		"results that are text":        {`{"output":{"completeTrackResults":"` + canary + `"}}`, "output.completeTrackResults"},
		"no tracking number":           {`{"trackResults":[{}]}`, "push.trackResults[0].trackingNumberInfo.trackingNumber"},
		"a tracking number of words":   {`{"trackResults":[{"trackingNumber":"` + canary + ` 1"}]}`, "push.trackResults[0].trackingNumberInfo.trackingNumber"},
		"a scan without a code":        {one(`{` + when + `}`), "push.output.completeTrackResults[0].trackResults[0].scanEvents[0].eventType"},
		"a code of words":              {one(`{` + when + `,"eventType":"` + canary + ` 1"}`), "push.output.completeTrackResults[0].trackResults[0].scanEvents[0].eventType"},
		"a scan without a date":        {one(`{"eventType":"DL"}`), "push.output.completeTrackResults[0].trackResults[0].scanEvents[0].date"},
		"a date of nowhere":            {one(`{"eventType":"DL","date":"2026-03-07T14:12:00"}`), "push.output.completeTrackResults[0].trackResults[0].scanEvents[0].date"},
	} {
		t.Run(name, func(t *testing.T) {
			events, err := fedex.Open([]byte(c.body))
			if fault.KindOf(err) != fault.Invalid || len(events) > 0 {
				t.Fatalf("%d events, %v", len(events), err)
			}
			if !strings.Contains(err.Error(), c.field) || strings.Contains(err.Error(), canary) {
				t.Errorf("%v, want it to name %s and quote nothing", err, c.field)
			}
		})
	}
}

// FedEx sends a delivery again with its pictures, and a scan in a longer history.
func TestTheSameScanInAnotherPushIsTheSameEvent(t *testing.T) {
	first, err := fedex.Open([]byte(one(`{` + when + `,"eventType":"DL"}`)))
	if err != nil {
		t.Fatal(err)
	}
	again, err := fedex.Open([]byte(one(`{"date":"2026-03-05T01:00:00Z","eventType":"PU"},{"eventType":"DL","date":"2026-03-07T20:12:00Z","moon":1}`)))
	if err != nil || len(again) != 1 || first[0].ID != again[0].ID || string(first[0].Data) != string(again[0].Data) {
		t.Errorf("%v and %v, %v", first, again, err)
	}
	// A difference in the data is another event: the ledger refuses another
	// payload under an id it knows.
	other, err := fedex.Open([]byte(one(`{` + when + `,"eventType":"DY","exceptionCode":"03"},{` + when + `,"eventType":"DY"}`)))
	if err != nil || len(other) != 2 {
		t.Errorf("%v, %v", other, err)
	}
}

func FuzzOpen(f *testing.F) {
	for _, name := range []string{"delivered", "delayed", "in-transit"} {
		f.Add(read(f, name))
	}
	f.Add([]byte(one(`{` + when + `,"eventType":"DL"}`)))
	f.Add([]byte(`{"trackResults":[{"trackingNumber":"794","scanEvents":[null]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := fedex.Open(body)
		var ignored *fedex.Ignored
		switch {
		case err == nil && len(events) == 0:
			t.Error("neither events nor a reason")
		case err != nil && !errors.As(err, &ignored) && fault.KindOf(err) != fault.Invalid:
			t.Errorf("an error of another kind: %v", err)
		}
		for _, e := range events {
			if e.Time.IsZero() || e.ID == "" || e.Subject == "" {
				t.Errorf("half an event: %+v", e.Header)
			}
		}
	})
}
