package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/fedex"
	"signalbox/shared/connector/fedex/fedextest"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/function/queue/queuetest"
	"signalbox/shared/retail/shipping"
	"signalbox/shared/state"
)

// fake is a carrier that notes what it was asked for.
type fake struct {
	calls        []string
	found        bool
	find, create error
	withdraw     error
	// meanwhile happens while the shipment is created.
	meanwhile func()
}

func shipments() shipping.Shipments { return shipping.New(state.NewMemory(time.Now)) }

// silent is a store that does not answer.
type silent struct{ state.Store }

func (silent) Read(context.Context, string) (state.Record, error) {
	return state.Record{}, errors.New("throttled")
}

// deaf is a store whose writes get no answer.
type deaf struct{ state.Store }

func (deaf) Swap(context.Context, string, state.Record, string, time.Duration) (bool, error) {
	return false, errors.New("no answer")
}

func (f *fake) FindShipment(_ context.Context, id string, since, at time.Time) (fedex.Shipment, bool, error) {
	f.calls = append(f.calls, "find "+id+" "+since.Format(time.DateOnly)+" "+at.Format(time.DateOnly))
	return fedex.Shipment{TrackingNumber: "found"}, f.found, f.find
}

func (f *fake) Withdraw(_ context.Context, id, tracking string, _, _ time.Time) error {
	f.calls = append(f.calls, "withdraw "+id+" "+tracking)
	return f.withdraw
}

func (f *fake) CreateShipment(_ context.Context, id string, o retail.Order) (fedex.Shipment, error) {
	f.calls = append(f.calls, "create "+id+" "+o.Number)
	if f.meanwhile != nil {
		f.meanwhile()
	}
	return fedex.Shipment{TrackingNumber: "created"}, f.create
}

// bus records the emitted events.
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
			h := handler{carrier: &c.fake, shipments: shipments(), emit: b.emit, now: func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }}
			ctx := t.Context()
			if c.uncertain {
				ctx = queue.Uncertain(ctx)
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

// An order that is called off before, while or after FedEx is asked.
func TestCalledOffOrder(t *testing.T) {
	gone := fault.Refuse(fedex.Gone, errors.New("picked up"))
	broken := fault.Retry("fedex-503", 0, errors.New("broken"))
	const find, create, withdraw = "find e-1 2026-11-20 2026-11-22", "create e-1 A-1", "withdraw e-1 "
	for _, c := range []struct {
		name                     string
		before, while, uncertain bool
		found                    bool
		withdraw                 error
		calls                    []string
		emits                    bool
		reason                   string // of the error; that it was called off if ""
	}{
		{name: "called off before is not shipped", before: true},
		{name: "called off while it was made is taken back", while: true, calls: []string{create, withdraw + "created"}},
		{name: "called off after an unknown outcome is taken back", before: true, uncertain: true, found: true, calls: []string{find, withdraw + "found"}},
		{name: "called off after a try that made nothing is not shipped", before: true, uncertain: true, calls: []string{find}},
		{name: "what cannot be taken back now is taken back later", while: true, withdraw: broken, calls: []string{create, withdraw + "created"}, reason: "fedex-503"},
		{name: "what FedEx has is told of and dead-lettered", while: true, withdraw: gone, calls: []string{create, withdraw + "created"}, emits: true, reason: fedex.Gone},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := event.Event[retail.OrderApproved]{Data: retail.OrderApproved{Order: retail.Order{ID: "o-1", Number: "A-1", ShipTo: &retail.Address{}}}}
			e.ID, e.Time = "e-1", time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
			shipments := shipments()
			off := func() {
				if _, err := shipments.Cancel(t.Context(), "o-1"); err != nil {
					t.Error(err)
				}
			}
			f := &fake{found: c.found, withdraw: c.withdraw}
			if c.before {
				off()
			}
			if c.while {
				f.meanwhile = off
			}
			var b bus
			ctx := t.Context()
			if c.uncertain {
				ctx = queue.Uncertain(ctx)
			}
			err := handler{carrier: f, shipments: shipments, emit: b.emit, now: func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }}.handle(ctx, e)
			if c.reason == "" && (err == nil || err.Error() != function.Ignore("order-cancelled").Error()) || c.reason != "" && fault.Of(err).Reason != c.reason {
				t.Errorf("error %v", err)
			}
			if d := cmp.Diff(c.calls, f.calls); d != "" {
				t.Error(d)
			}
			if (len(b.emitted) == 1) != c.emits {
				t.Errorf("emitted %v", b.emitted)
			}
		})
	}
}

func TestOrderShipsByItsFirstApproval(t *testing.T) {
	shipments := shipments()
	if _, err := shipments.Begin(t.Context(), "o-1", "e-0", time.Now()); err != nil {
		t.Fatal(err)
	}
	e := event.Event[retail.OrderApproved]{Data: retail.OrderApproved{Order: retail.Order{ID: "o-1", ShipTo: &retail.Address{}}}}
	e.ID = "e-1"
	var f fake
	err := handler{carrier: &f, shipments: shipments, now: time.Now}.handle(t.Context(), e)
	if err == nil || err.Error() != function.Ignore("shipped-by-another-approval").Error() || f.calls != nil {
		t.Errorf("error %v, calls %v", err, f.calls)
	}
}

func TestLedgerThatFailsLeavesNoDoubtAboutFedEx(t *testing.T) {
	e := event.Event[retail.OrderApproved]{Data: retail.OrderApproved{Order: retail.Order{ID: "o-1", ShipTo: &retail.Address{}}}}
	for name, store := range map[string]state.Store{"reading": silent{}, "writing": deaf{state.NewMemory(time.Now)}} {
		var f fake
		err := handler{carrier: &f, shipments: shipping.New(store), now: time.Now}.handle(t.Context(), e)
		if err == nil || fault.KindOf(err) != fault.Retryable || fault.Of(err).Ambiguous || f.calls != nil {
			t.Errorf("%s: error %v, calls %v", name, err, f.calls)
		}
	}
}

func TestOrderThatGoesNowhereIsIgnored(t *testing.T) {
	var f fake
	var b bus
	err := handler{carrier: &f, emit: b.emit, now: time.Now}.handle(t.Context(), event.Event[retail.OrderApproved]{})
	if err == nil || err.Error() != function.Ignore("nothing-to-ship").Error() || f.calls != nil || b.emitted != nil {
		t.Errorf("error %v, calls %v, emitted %v", err, f.calls, b.emitted)
	}
}

// FedEx makes the shipment and answers that it is not available; then the process dies instead of
// each of its calls in turn. The order is shipped once and published once.
func TestTheSampleIsShippedOnceWhereverTheProcessDies(t *testing.T) {
	e := queuetest.Sample[retail.OrderApproved](t, "order.approved")
	for n, crashed := 1, true; crashed; n++ {
		double := fedextest.New()
		f := queuetest.New(t, "order-approved-shipping", build, queuetest.Options{Doubles: []connectortest.Double{double}})
		f.Send(e)
		f.Lie(503)
		f.CrashAtCall(n)
		f.RunUntilSettled()
		crashed = f.Crashes() > 0
		shipments, emitted := double.Shipments(), f.Emitted()
		if len(shipments) != 1 || shipments[0].References["CUSTOMER_REFERENCE"] != e.Data.Order.Number || shipments[0].Transaction != e.ID {
			t.Fatalf("call %d: shipments %+v after %v", n, shipments, f.Outcomes())
		}
		if len(emitted) != 1 || emitted[0].(retail.ShipmentCreated).TrackingNumber != shipments[0].TrackingNumber || len(f.DeadLetters()) > 0 {
			t.Errorf("call %d: published %+v, dead-lettered %v after %v", n, emitted, f.DeadLetters(), f.Outcomes())
		}
		if !crashed {
			t.Run("by FedEx's own documents", func(t *testing.T) { judge(t, f.Exchanges("fedex")) })
		}
	}
}

func judge(t *testing.T, exchanges []connectortest.Exchange) {
	allowed := contract.Judge(t, "fedex-auth.json", "fedex-ship.json", "fedex-track.json")
	paths := map[string]bool{}
	for _, x := range exchanges {
		allowed(x)
		paths[x.Path] = true
	}
	if len(paths) != 3 {
		t.Errorf("paths %v", paths)
	}
}
