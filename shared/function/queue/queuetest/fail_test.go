package queuetest_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/function/queue/queuetest"
)

// failing is a function whose handler always returns err.
func failing(err error) func(context.Context, function.Env) (queue.Handler[retail.OrderCreated], error) {
	return func(context.Context, function.Env) (queue.Handler[retail.OrderCreated], error) {
		return func(context.Context, created) error { return err }, nil
	}
}

// observer is a test that goes wrong.
type observer struct {
	t      *testing.T
	failed []string
}

func (o *observer) Helper()          {}
func (o *observer) Cleanup(f func()) { o.t.Cleanup(f) }
func (o *observer) Errorf(format string, args ...any) {
	o.failed = append(o.failed, fmt.Sprintf(format, args...))
}
func (o *observer) Fatalf(format string, args ...any) {
	o.Errorf(format, args...)
	runtime.Goexit()
}

// of runs what ends in a failed test and returns how it failed.
func of(t *testing.T, run func(queuetest.TB)) string {
	o := &observer{t: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(o)
	}()
	<-done
	return strings.Join(o.failed, "\n")
}

func TestAQueueThatDoesNotSettleFailsTheTest(t *testing.T) {
	got := of(t, func(o queuetest.TB) {
		f := queuetest.New(o, "order-created-crm", failing(fault.Retry("closed", time.Hour, nil)), queuetest.Options{Deliveries: 3})
		f.Send(queuetest.Sample[retail.OrderCreated](o, "order.created"))
		f.RunUntilSettled()
	})
	for _, want := range []string{"not settled after 3 deliveries", "message 1, delivered 3 times", "retry: closed, retry: closed, retry: closed"} {
		if !strings.Contains(got, want) {
			t.Errorf("the test failed with %q, which does not say %q", got, want)
		}
	}
}

func TestAnEventPublishedWithOtherDataFailsTheTest(t *testing.T) {
	runs := 0
	build := func(_ context.Context, env function.Env) (queue.Handler[retail.OrderApproved], error) {
		return func(ctx context.Context, e approved) error {
			runs++
			return env.Emit(ctx, e.Header, retail.ShipmentCreated{
				OrderID: "o-1", OrderNumber: "A-1", Carrier: "FedEx", TrackingNumber: fmt.Sprint(runs), Lines: []retail.ShippedLine{{ID: "l", Quantity: 1}},
			})
		}, nil
	}
	got := of(t, func(o queuetest.TB) {
		f := queuetest.New(o, "order-approved-shipping", build, queuetest.Options{})
		f.Send(queuetest.Sample[retail.OrderApproved](o, "order.approved"))
		f.CrashAt(queuetest.BeforeComplete, 1)
		f.RunUntilSettled()
		f.Emitted()
	})
	if runs != 2 || !strings.Contains(got, "is published with other data than before") {
		t.Errorf("after %d runs the test failed with %q", runs, got)
	}
}

func TestAFunctionThatCannotStartFailsTheTest(t *testing.T) {
	for want, run := range map[string]func(queuetest.TB){
		"no function nobody": func(o queuetest.TB) { queuetest.New(o, "nobody", record, queuetest.Options{}) },
		"its handler takes order.created": func(o queuetest.TB) {
			f := queuetest.New(o, "order-paid-loyalty", record, queuetest.Options{})
			f.SendBody([]byte("x"))
			f.RunUntilSettled()
		},
		"there is no sample order.lost": func(o queuetest.TB) { queuetest.Sample[retail.OrderCreated](o, "order.lost") },
		"no event":                      func(o queuetest.TB) { queuetest.NewEvent(o, "1", retail.OrderHeld{}) },
	} {
		if got := of(t, run); !strings.Contains(got, want) {
			t.Errorf("the test failed with %q, want %q", got, want)
		}
	}
}
