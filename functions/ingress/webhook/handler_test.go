package main

import (
	"errors"
	"os"
	"reflect"
	"testing"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector/senders"
	"signalbox/shared/connector/senders/senderstest"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/web"
)

var now = time.Date(2026, 3, 7, 20, 15, 0, 0, time.UTC)

func build(t *testing.T, tokens string) (handler, error) {
	t.Helper()
	read, err := senders.New(config.Static(nil, map[string]map[string]string{"senders": {"tokens": tokens}}))
	if err != nil {
		t.Fatal(err)
	}
	return newHandler(read, func() time.Time { return now })
}

func all(t *testing.T) handler {
	t.Helper()
	h, err := build(t, senderstest.New().Secret()["tokens"])
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func sample(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile("../../../events-samples/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func byFedEx(body []byte) web.Request {
	return web.NewRequest("/fedex", senderstest.SignFedEx(senderstest.FedEx, body), body)
}

func byCarrier(body []byte) web.Request {
	return web.NewRequest("/carrier", senderstest.SignStandard(senderstest.Carrier, "msg_1", now, body), body)
}

func TestSignedWebhooksBecomeEvents(t *testing.T) {
	for name, c := range map[string]struct {
		request web.Request
		source  string
	}{
		"FedEx":     {byFedEx(sample(t, "fedex/delivered")), "/fedex"},
		"a carrier": {byCarrier(sample(t, "carrier/delivered")), "/carrier"},
	} {
		events, err := all(t).receive(t.Context(), c.request)
		if err != nil || len(events) != 1 || events[0].Type != retail.TypeShipmentDelivered || events[0].Source != c.source {
			t.Errorf("%s: %v, %v", name, events, err)
		}
		again, err := all(t).receive(t.Context(), c.request)
		if err != nil || !reflect.DeepEqual(events, again) {
			t.Errorf("%s: the same webhook gave other events: %v, %v", name, again, err)
		}
	}
}

func TestWebhooksThatAreTurnedAway(t *testing.T) {
	body := sample(t, "fedex/delivered")
	for name, c := range map[string]struct {
		request web.Request
		want    error
	}{
		"an unknown path":        {web.NewRequest("/dhl", senderstest.SignFedEx(senderstest.FedEx, body), body), web.Reject(404, "path")},
		"no signature":           {web.NewRequest("/fedex", nil, body), web.Reject(401, "no-signature")},
		"another's signature":    {web.NewRequest("/fedex", senderstest.SignFedEx("guessed", body), body), web.Reject(401, "signature")},
		"a webhook from too far": {web.NewRequest("/carrier", senderstest.SignStandard(senderstest.Carrier, "m", now.Add(-6*time.Minute), body), body), web.Reject(401, "timestamp")},
		"unsigned nonsense":      {web.NewRequest("/fedex", nil, []byte("x")), web.Reject(401, "no-signature")},
		"a scan of no interest":  {byFedEx(sample(t, "fedex/in-transit")), function.Ignore("scan-AR")},
		"a type of no carrier's": {byCarrier([]byte(`{"type":"order.created","timestamp":"2026-03-07T20:14:00Z","data":{}}`)), function.Ignore("type")},
	} {
		if events, err := all(t).receive(t.Context(), c.request); !reflect.DeepEqual(err, c.want) || len(events) > 0 {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestSignedNonsenseIsInvalid(t *testing.T) {
	for _, r := range []web.Request{byFedEx([]byte(`{}`)), byCarrier([]byte(`{}`)), byCarrier([]byte(`{"type":"shipment.delivered","timestamp":"2026-03-07T20:14:00Z","data":{}}`))} {
		_, err := all(t).receive(t.Context(), r)
		var field *fault.FieldError
		if fault.KindOf(err) != fault.Invalid || !errors.As(err, &field) {
			t.Errorf("%s: %v", r.Path, err)
		}
	}
}

func TestASenderWithoutASecretHasNoPath(t *testing.T) {
	h, err := build(t, `{"fedex":""}`)
	if err != nil {
		t.Fatal(err)
	}
	body := sample(t, "fedex/delivered")
	if _, err := h.receive(t.Context(), web.NewRequest("/fedex", senderstest.SignFedEx("", body), body)); !reflect.DeepEqual(err, web.Reject(404, "path")) {
		t.Errorf("%v", err)
	}
	if _, err := build(t, `{"carrier":"short"}`); err == nil {
		t.Error("a secret that is none was taken")
	}
}
