package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/fedex"
	"signalbox/shared/connector/fedex/fedextest"
	"signalbox/shared/consumer"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/sample"
)

func approved(t *testing.T) event.Event[retail.OrderApproved] {
	t.Helper()
	samples, err := sample.Load("../../../events-samples")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		if s.Source != sample.Own || s.Name != "order.approved" {
			continue
		}
		raw, err := event.Parse(s.Body)
		if err != nil {
			t.Fatal(err)
		}
		e, err := event.As[retail.OrderApproved](raw)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	t.Fatal("order.approved has no sample")
	panic("unreachable")
}

// fake is a carrier that notes what it was asked for.
type fake struct {
	calls        []string
	found        bool
	find, create error
}

func (f *fake) FindShipment(_ context.Context, id string, since, at time.Time) (fedex.Shipment, bool, error) {
	f.calls = append(f.calls, "find "+id+" "+since.Format(time.DateOnly)+" "+at.Format(time.DateOnly))
	return fedex.Shipment{TrackingNumber: "found"}, f.found, f.find
}

func (f *fake) CreateShipment(_ context.Context, id string, o retail.Order) (fedex.Shipment, error) {
	f.calls = append(f.calls, "create "+id+" "+o.Number)
	return fedex.Shipment{TrackingNumber: "created"}, f.create
}

// bus notes what was emitted.
type bus struct {
	emitted []event.Payload
	err     error
}

func (b *bus) emit(_ context.Context, _ event.Header, data ...event.Payload) error {
	b.emitted = append(b.emitted, data...)
	return b.err
}

func TestHandle(t *testing.T) {
	broken := fault.Unknown("fedex-timeout", 0, errors.New("broken"))
	refused := fault.Refuse("fedex-400", errors.New("refused"))
	const find, create = "find e-1 2026-11-20 2026-11-22", "create e-1 A-1"
	for _, c := range []struct {
		name      string
		uncertain bool
		fake      fake
		emit      error
		calls     []string
		tracking  string // "" where nothing is emitted
		reason    string // "" for success
		ambiguous bool
	}{
		{"the first try creates the shipment", false, fake{}, nil, []string{create}, "created", "", false},
		{"a try after an uncertain one looks first", true, fake{found: true}, nil, []string{find}, "found", "", false},
		{"what is not there is created", true, fake{}, nil, []string{find, create}, "created", "", false},
		{"what cannot be looked up is not created", true, fake{find: broken}, nil, []string{find}, "", "fedex-timeout", true},
		{"a refused look-up keeps the doubt", true, fake{find: refused}, nil, []string{find}, "", "fedex-400", true},
		{"a refusal is definite", false, fake{create: refused}, nil, []string{create}, "", "fedex-400", false},
		{"a timeout is not", false, fake{create: broken}, nil, []string{create}, "", "fedex-timeout", true},
		{"an event that is not emitted does not undo the shipment", false, fake{}, fault.Retry("bus", 0, nil), []string{create}, "created", "bus", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := event.Event[retail.OrderApproved]{Data: retail.OrderApproved{Order: retail.Order{
				ID: "o-1", Number: "A-1", ShipTo: &retail.Address{}, Lines: []retail.Line{{ID: "l-1", Quantity: 2}, {ID: "l-2", Quantity: 1}},
			}}}
			e.ID, e.Time = "e-1", time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
			b := bus{err: c.emit}
			h := handler{carrier: &c.fake, emit: b.emit, now: func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }}
			ctx := t.Context()
			if c.uncertain {
				ctx = consumer.Uncertain(ctx)
			}
			f := fault.Of(h.handle(ctx, e))
			if (f == nil) != (c.reason == "") || f != nil && (f.Reason != c.reason || f.Ambiguous != c.ambiguous) {
				t.Errorf("error %+v", f)
			}
			if d := cmp.Diff(c.calls, c.fake.calls); d != "" {
				t.Error(d)
			}
			var want []event.Payload
			if c.tracking != "" {
				want = []event.Payload{retail.ShipmentCreated{OrderID: "o-1", OrderNumber: "A-1", Carrier: "FedEx", TrackingNumber: c.tracking,
					Lines: []retail.ShippedLine{{ID: "l-1", Quantity: 2}, {ID: "l-2", Quantity: 1}}}}
			}
			if d := cmp.Diff(want, b.emitted); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestOrderThatGoesNowhereIsIgnored(t *testing.T) {
	var f fake
	var b bus
	err := handler{carrier: &f, emit: b.emit, now: time.Now}.handle(t.Context(), event.Event[retail.OrderApproved]{})
	if err == nil || err.Error() != consumer.Ignore("nothing-to-ship").Error() || f.calls != nil || b.emitted != nil {
		t.Errorf("error %v, calls %v, emitted %v", err, f.calls, b.emitted)
	}
}

func TestSampleAgainstTheDouble(t *testing.T) {
	e := approved(t)
	double := fedextest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	settings := double.Settings(server.URL)
	settings["FEDEX_BASE_URL"] = server.URL
	client, err := fedex.New(config.Static(settings, map[string]map[string]string{"fedex": double.Secret()}))
	if err != nil {
		t.Fatal(err)
	}
	var b bus
	h := handler{carrier: client, emit: b.emit, now: time.Now}

	// The first answer is lost after FedEx made the shipment.
	server.Script(func(r *http.Request) *connectortest.Fault {
		if r.URL.Path == "/ship/v1/shipments" {
			return &connectortest.Fault{Reset: true, After: true}
		}
		return nil
	})
	if f := fault.Of(h.handle(t.Context(), e)); f == nil || !f.Ambiguous || b.emitted != nil {
		t.Fatalf("error %+v, emitted %v", f, b.emitted)
	}
	server.Script(nil)
	if err := h.handle(consumer.Uncertain(t.Context()), e); err != nil {
		t.Fatal(err)
	}
	shipments := double.Shipments()
	if len(shipments) != 1 || shipments[0].References["CUSTOMER_REFERENCE"] != e.Data.Order.Number || shipments[0].Transaction != e.ID {
		t.Fatalf("shipments %+v", shipments)
	}
	if len(b.emitted) != 1 || b.emitted[0].Validate() != nil || b.emitted[0].(retail.ShipmentCreated).TrackingNumber != shipments[0].TrackingNumber {
		t.Errorf("emitted %+v", b.emitted)
	}
	t.Run("by FedEx's own documents", func(t *testing.T) {
		judge := contract.Judge(t, "fedex-auth.json", "fedex-ship.json", "fedex-track.json")
		paths := map[string]bool{}
		for _, x := range server.Exchanges() {
			judge(x)
			paths[strings.TrimPrefix(x.Path, "/")] = true
		}
		if len(paths) != 3 {
			t.Errorf("paths %v", paths)
		}
	})
}
