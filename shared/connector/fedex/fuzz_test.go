package fedex

import (
	"testing"
	"time"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

func api(t testing.TB) *connector.Client {
	c, err := connector.New(connector.Options{System: system, BaseURL: "https://apis.fedex.com"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func FuzzShipmentAnswer(f *testing.F) {
	f.Add([]byte(`{"output":{"transactionShipments":[{"masterTrackingNumber":"794","pieceResponses":[{"trackingNumber":"794","packageDocuments":[{"url":"https://x"}]}]}]}}`))
	f.Add([]byte(`{"output":{"jobId":"j"}}`))
	f.Add([]byte(`{"output":null}`))
	c := api(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		var a answer
		if strictjson.Unmarshal("answer", body, &a) != nil {
			return
		}
		s, err := a.shipment(c)
		if (err == nil) != (s.TrackingNumber != "") || err != nil && !fault.Of(err).Ambiguous {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

func FuzzTrackAnswer(f *testing.F) {
	f.Add([]byte(`{"output":{"completeTrackResults":[{"trackingNumber":"794","trackResults":[{"error":{"code":"TRACKING.DATA.NOTFOUND"}}]}]}}`))
	f.Add([]byte(`{"output":{"completeTrackResults":[{"trackResults":[{"trackingNumberInfo":{"trackingNumber":"794"},"latestStatusDetail":{"code":"CA"}}]}],"alerts":[{"code":"X"}]}}`))
	c := api(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		var a trackAnswer
		if strictjson.Unmarshal("answer", body, &a) != nil {
			return
		}
		s, ok, err := a.shipment(c)
		if ok != (s.TrackingNumber != "") || ok && err != nil || err != nil && !fault.Of(err).Ambiguous {
			t.Errorf("%+v, %v, %v", s, ok, err)
		}
	})
}

func FuzzClassify(f *testing.F) {
	f.Add(429, []byte(`{"errors":[{"code":"TOO.MANY.REQUESTS","message":"quota"}]}`))
	f.Add(400, []byte(`{"errors":[{"code":"SYSTEM.UNEXPECTED.ERROR"}]}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		err := classify(connector.Response{Status: status, Body: body}, time.Unix(0, 0))
		if k := fault.Of(err); k != nil && (k.RetryAfter < 0 || k.RetryAfter > 12*time.Hour || k.Kind == fault.Invalid) {
			t.Errorf("%+v", k)
		}
	})
}
