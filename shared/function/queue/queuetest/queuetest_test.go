package queuetest_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/fedex"
	"signalbox/shared/connector/fedex/fedextest"
	"signalbox/shared/connector/salesforce"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/function/queue/queuetest"
	"signalbox/shared/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type (
	approved = event.Event[retail.OrderApproved]
	created  = event.Event[retail.OrderCreated]
)

// ship is an Unsafe function: FedEx ships as often as it is asked to.
func ship(_ context.Context, env function.Env) (queue.Handler[retail.OrderApproved], error) {
	client, err := fedex.New(env.Config)
	if err != nil {
		return nil, err
	}
	return queue.Effect[retail.OrderApproved, fedex.Shipment]{
		Ask: func(ctx context.Context, e approved) (fedex.Shipment, bool, error) {
			return client.FindShipment(ctx, e.ID, e.Time, env.Now())
		},
		Act: func(ctx context.Context, e approved) (fedex.Shipment, error) {
			return client.CreateShipment(ctx, e.ID, e.Data.Order)
		},
		Then: func(ctx context.Context, e approved, s fedex.Shipment) error {
			created := retail.ShipmentCreated{OrderID: e.Data.Order.ID, OrderNumber: e.Data.Order.Number, Carrier: "FedEx", TrackingNumber: s.TrackingNumber}
			for _, l := range e.Data.Order.Lines {
				created.Lines = append(created.Lines, retail.ShippedLine{ID: l.ID, Quantity: l.Quantity})
			}
			return env.Emit(ctx, e.Header, created)
		},
	}.Handle, nil
}

// record is a Natural function: Salesforce recognizes customer and order by their ids.
func record(_ context.Context, env function.Env) (queue.Handler[retail.OrderCreated], error) {
	client, err := salesforce.New(env.Config)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, e created) error {
		if err := client.UpsertCustomer(ctx, e.Data.Order.Customer); err != nil {
			return err
		}
		return client.UpsertOrder(ctx, e.Data.Order)
	}, nil
}

func shipping(t queuetest.TB, o queuetest.Options) *queuetest.Function[retail.OrderApproved] {
	f := queuetest.New(t, "order-approved-shipping", ship, o)
	f.Send(queuetest.Sample[retail.OrderApproved](t, "order.approved"))
	return f
}

func recording(t queuetest.TB) *queuetest.Function[retail.OrderCreated] {
	f := queuetest.New(t, "order-created-crm", record, queuetest.Options{})
	f.Send(queuetest.Sample[retail.OrderCreated](t, "order.created"))
	return f
}

// once fails t unless the order was shipped and published once, for good.
func once(t *testing.T, f *queuetest.Function[retail.OrderApproved]) {
	t.Helper()
	if len(f.Effects()) != 1 || len(f.Emitted()) != 1 || len(f.DeadLetters()) > 0 {
		t.Errorf("shipped %v, published %v, dead-lettered %v after %v", f.Effects(), f.Emitted(), f.DeadLetters(), f.Outcomes())
	}
}

func TestAProcessMayDieAtEveryPoint(t *testing.T) {
	// A point that comes after the ledger knows ends in a duplicate.
	last := map[string]string{queuetest.AfterComplete: "duplicate", queuetest.BeforeAck: "duplicate"}
	for _, point := range queuetest.Points() {
		t.Run(point+", Unsafe", func(t *testing.T) {
			f := shipping(t, queuetest.Options{})
			f.CrashAt(point, 1)
			f.RunUntilSettled()
			once(t, f)
			check(t, f.Crashes(), f.Outcomes(), last[point])
		})
		t.Run(point+", Natural", func(t *testing.T) {
			f := recording(t)
			f.CrashAt(point, 1)
			f.RunUntilSettled()
			if len(f.Effects()) != 2 {
				t.Errorf("recorded %v, want the customer and the order", f.Effects())
			}
			check(t, f.Crashes(), f.Outcomes(), last[point])
		})
	}
}

func check(t *testing.T, crashes int, outcomes []string, last string) {
	t.Helper()
	if last == "" {
		last = "applied"
	}
	if crashes != 1 || len(outcomes) == 0 || outcomes[len(outcomes)-1] != last {
		t.Errorf("%d crashes, then %v; want one and %s at last", crashes, outcomes, last)
	}
}

func TestAProcessMayDieInsteadOfEveryCall(t *testing.T) {
	tried := 0
	for crashed := true; crashed; tried++ {
		f := shipping(t, queuetest.Options{})
		f.CrashAtCall(tried + 1)
		f.RunUntilSettled()
		once(t, f)
		crashed = f.Crashes() > 0
	}
	// Claim, token, shipment, event and Complete at least.
	if tried < 6 {
		t.Errorf("only %d calls", tried-1)
	}
}

func TestProcessesDieOneAfterTheOther(t *testing.T) {
	f := shipping(t, queuetest.Options{})
	f.CrashAt(queuetest.AfterEffect, 1)
	f.CrashAt(queuetest.BeforeComplete, 1)
	f.RunUntilSettled()
	once(t, f)
	if f.Crashes() != 2 {
		t.Errorf("%d crashes", f.Crashes())
	}
}

// fake makes the effect of an Unsafe function and counts.
type fake struct{ acts, asks int }

func (v *fake) build(context.Context, function.Env) (queue.Handler[retail.OrderApproved], error) {
	return queue.Effect[retail.OrderApproved, int]{
		Ask: func(context.Context, approved) (int, bool, error) { v.asks++; return 0, v.acts > 0, nil },
		Act: func(context.Context, approved) (int, error) { v.acts++; return 0, nil },
	}.Handle, nil
}

// A claim ends by the function's clock, wherever that stands.
func TestAProcessThatDiesInAnotherYear(t *testing.T) {
	for _, year := range []int{2020, 2040} {
		var v fake
		f := queuetest.New(t, "order-approved-shipping", v.build, queuetest.Options{Start: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)})
		f.Send(queuetest.Sample[retail.OrderApproved](t, "order.approved"))
		f.CrashAt(queuetest.AfterEffect, 1)
		f.RunUntilSettled()
		if (v != fake{acts: 1, asks: 1}) || f.Now().Year() != year {
			t.Errorf("%d: acted and asked %v, settled at %v after %v", year, v, f.Now(), f.Outcomes())
		}
	}
}

func TestAProcessThatDiesReachesNoFake(t *testing.T) {
	for point, want := range map[string]fake{queuetest.AfterDecode: {}, queuetest.AfterClaim: {}, queuetest.AfterEffect: {acts: 1}} {
		var v fake
		f := queuetest.New(t, "order-approved-shipping", v.build, queuetest.Options{})
		f.Send(queuetest.Sample[retail.OrderApproved](t, "order.approved"))
		f.CrashAt(point, 1)
		f.Deliver()
		if v != want {
			t.Errorf("%s: acted and asked %v, want %v", point, v, want)
		}
	}
}

func TestAnEffectWhoseAnswerIsALieIsMadeOnce(t *testing.T) {
	for status, outcome := range map[int]string{500: "retry: fedex-500", 503: "retry: fedex-503", 0: "retry: fedex-"} {
		f := shipping(t, queuetest.Options{})
		f.Lie(status)
		f.RunUntilSettled()
		once(t, f)
		if got := f.Outcomes(); !strings.HasPrefix(got[0], outcome) || got[len(got)-1] != "applied" {
			t.Errorf("outcomes %v, want %s first", got, outcome)
		}
	}
}

func TestAnAnswerWithoutAnEffectIsBelieved(t *testing.T) {
	f := shipping(t, queuetest.Options{})
	f.Pretend("/ship/v1/shipments", http.StatusOK, `{"output":{"transactionShipments":[{"masterTrackingNumber":"1","pieceResponses":[{"trackingNumber":"1"}]}]}}`)
	f.RunUntilSettled()
	if emitted := f.Emitted(); len(f.Effects()) > 0 || len(emitted) != 1 || emitted[0].(retail.ShipmentCreated).TrackingNumber != "1" {
		t.Errorf("shipped %v, published %v after %v", f.Effects(), emitted, f.Outcomes())
	}
	f.Send(queuetest.NewEvent(t, "2", queuetest.Sample[retail.OrderApproved](t, "order.approved").Data))
	f.RunUntilSettled()
	if len(f.Effects()) != 1 {
		t.Errorf("the next order is %v: the answer is given once", f.Effects())
	}
}

func TestADoubleOfTheTestsOwnAndScriptedFaults(t *testing.T) {
	double := fedextest.New()
	f := shipping(t, queuetest.Options{Doubles: []connectortest.Double{double}})
	f.Script("fedex", func(*http.Request) *connectortest.Fault { return &connectortest.Fault{Status: 503} })
	if !f.Deliver() || len(double.Shipments()) > 0 {
		t.Errorf("shipments %v", double.Shipments())
	}
	f.Script("fedex", nil)
	f.RunUntilSettled()
	if len(double.Shipments()) != 1 || len(f.Exchanges("fedex")) < 3 {
		t.Errorf("shipments %v after %d requests", double.Shipments(), len(f.Exchanges("fedex")))
	}
}

// A handler that heeds no error goes on after the process died, and nothing of it is seen.
func TestADeadProcessWritesNothing(t *testing.T) {
	ran := 0
	build := func(_ context.Context, env function.Env) (queue.Handler[retail.OrderApproved], error) {
		client, err := fedex.New(env.Config)
		if err != nil {
			return nil, err
		}
		return func(_ context.Context, e approved) error {
			ran++
			ctx := context.Background() // It heeds no cancelled context either.
			env.Log.Info("before the crash")
			for range 2 {
				_, _ = env.State.Read(ctx, "key") // The process dies at the first one.
				env.Log.Info("after the crash")
				_, _ = env.State.Swap(ctx, "key", state.Record{}, "text", state.Forever)
				_, _ = client.CreateShipment(ctx, e.ID, e.Data.Order)
				_ = env.Emit(ctx, e.Header, retail.ShipmentCreated{OrderID: "o", OrderNumber: "A", Carrier: "FedEx", TrackingNumber: "1"})
			}
			return fault.Refuse("broken", errors.New("a dead letter that a dead process cannot send"))
		}, nil
	}
	f := queuetest.New(t, "order-approved-shipping", build, queuetest.Options{})
	f.Send(queuetest.Sample[retail.OrderApproved](t, "order.approved"))
	f.CrashAtCall(2) // After the claim.
	if !f.Deliver() || ran != 1 || f.Crashes() != 1 {
		t.Fatalf("%d runs, %d crashes", ran, f.Crashes())
	}
	record, err := f.State().Read(t.Context(), "key")
	if err != nil || record.Text != "" || len(f.Effects()) > 0 || len(f.Published()) > 0 || len(f.DeadLetters()) > 0 || len(f.Outcomes()) > 0 {
		t.Errorf("state %+v, shipped %v, published %v, dead-lettered %v, outcomes %v", record, f.Effects(), f.Published(), f.DeadLetters(), f.Outcomes())
	}
	if log := f.Log(); !strings.Contains(log, "before the crash") || strings.Contains(log, "after the crash") {
		t.Errorf("logged %s", log)
	}
	if f.Deliver() {
		t.Error("the message is visible before its visibility timeout")
	}
	f.AdvanceTime(3 * time.Minute)
	if !f.Deliver() {
		t.Error("the message does not come back after its visibility timeout")
	}
}

func TestWhatNoRepetitionHelpsIsDeadLettered(t *testing.T) {
	for _, c := range []struct {
		name     string
		err      error
		body     string
		outcomes int
		reason   string
	}{
		{"a refusal at once", fault.Refuse("crm-400", errors.New("no")), "", 1, "crm-400"},
		{"a failure after catalog.MaxReceive deliveries", fault.Retry("crm-503", 0, errors.New("no")), "", catalog.MaxReceive, queuetest.TooManyReceives},
		{"a body that is no event", nil, "x", 1, "invalid-event"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := queuetest.New(t, "order-created-crm", failing(c.err), queuetest.Options{})
			if c.body != "" {
				f.SendBody([]byte(c.body))
			} else {
				f.Send(queuetest.Sample[retail.OrderCreated](t, "order.created"))
			}
			f.RunUntilSettled()
			if dead := f.DeadLetters(); len(dead) != 1 || dead[0].Reason != c.reason || len(f.Outcomes()) != c.outcomes {
				t.Errorf("dead-lettered %v after %v", dead, f.Outcomes())
			}
		})
	}
}

func TestTheClockIsMovedToTheNextVisibleMessage(t *testing.T) {
	start := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	open := start.Add(time.Hour)
	build := func(_ context.Context, env function.Env) (queue.Handler[retail.OrderCreated], error) {
		return func(context.Context, created) error {
			if now := env.Now(); now.Before(open) {
				return fault.Retry("closed", open.Sub(now), errors.New("come back later"))
			}
			return nil
		}, nil
	}
	f := queuetest.New(t, "order-created-crm", build, queuetest.Options{Start: start})
	f.Send(queuetest.Sample[retail.OrderCreated](t, "order.created"))
	if !f.Deliver() || f.Deliver() {
		t.Error("a message that waits is delivered")
	}
	f.RunUntilSettled()
	if f.Now().Before(open) || f.Now().After(open.Add(10*time.Minute)) {
		t.Errorf("settled at %v", f.Now())
	}
	if diff := cmp.Diff([]string{"retry: closed", "applied"}, f.Outcomes()); diff != "" {
		t.Error(diff)
	}
}

func TestTheLedgerStopsARepetitionUntilItIsEmptied(t *testing.T) {
	f := recording(t)
	order := queuetest.Sample[retail.OrderCreated](t, "order.created")
	f.RunUntilSettled()
	f.Send(order)
	f.RunUntilSettled()
	requests := len(f.Exchanges("salesforce"))
	f.EmptyLedger()
	f.Send(order)
	f.RunUntilSettled()
	if diff := cmp.Diff([]string{"applied", "duplicate", "applied"}, f.Outcomes()); diff != "" {
		t.Error(diff)
	}
	if len(f.Effects()) != 2 || len(f.Exchanges("salesforce")) == requests {
		t.Errorf("%d effects after %d and then %d requests", len(f.Effects()), requests, len(f.Exchanges("salesforce")))
	}
}

func TestSamplesAreThoseOfTheType(t *testing.T) {
	var subjects []string
	for _, e := range queuetest.Samples[retail.OrderCreated](t) {
		subjects = append(subjects, e.Subject)
	}
	if len(subjects) < 2 || slices.Contains(subjects, "") {
		t.Errorf("subjects %q", subjects)
	}
}
