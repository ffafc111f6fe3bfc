package function

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function/internal/functiontest"
	"signalbox/shared/publisher"
	"signalbox/shared/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEmitPublishesWhatTheCatalogAllows(t *testing.T) {
	f := catalog.Function{Name: "order-created-fraud", Emits: []event.Type{retail.TypeOrderHeld}}
	bus, out := &functiontest.Bus{}, &functiontest.Output{}
	env := Env{Function: f, Log: telemetry.New(out, "INFO", f.Name, "test"), Now: time.Now, publisher: publisher.New(bus, "bus")}
	held := retail.OrderHeld{OrderID: "1", OrderNumber: "A-1", Screening: retail.Screening{RiskLevel: "highest", Reason: "risk-highest"}}
	raw, err := event.New(event.Origin{Source: "/commercetools/acme", ID: "1", Time: time.Now()}, retail.OrderHeld{OrderID: "0", OrderNumber: "A-0", Screening: held.Screening})
	if err != nil {
		t.Fatal(err)
	}
	cause := raw.Header
	cause.TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for range 2 {
		if err := env.Emit(t.Context(), cause, held); err != nil {
			t.Fatal(err)
		}
	}
	first, err := event.Parse([]byte(bus.Details[0]))
	if err != nil {
		t.Fatal(err)
	}
	second, _ := event.Parse([]byte(bus.Details[1]))
	if first.ID != second.ID || first.CausationID != cause.ID || first.CorrelationID != cause.CorrelationID || first.TraceParent != cause.TraceParent {
		t.Errorf("emitted %+v, then id %s", first.Header, second.ID)
	}
	if got := len(out.Lines(t, "published")); got != 2 {
		t.Errorf("%d lines", got)
	}
	if err := env.Emit(t.Context(), cause); err != nil {
		t.Errorf("emitting nothing: %v", err)
	}
	bus.Refuse = "specversion"
	if e := fault.Of(env.Emit(t.Context(), cause, held)); e == nil || e.Kind != fault.Retryable || !e.Ambiguous {
		t.Errorf("refused by the bus: %v, want Retryable and ambiguous", e)
	}
	shipment := retail.ShipmentCreated{}
	if kind := fault.KindOf(env.Emit(t.Context(), cause, shipment)); kind != fault.Permanent {
		t.Errorf("a type the catalog does not list: %v, want permanent", kind)
	}
	cause.Hop = event.MaxHops
	if kind := fault.KindOf(env.Emit(t.Context(), cause, held)); kind != fault.Permanent {
		t.Errorf("a chain too long: %v, want permanent", kind)
	}
}
