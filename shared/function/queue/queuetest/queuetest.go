// Package queuetest runs a handler of package queue in a test, under the chain that it
// has on Lambda: its queue, ledger, state, bus and clock are in memory, the systems
// it talks to are doubles on loopback, and the process can be killed at any point.
//
//	func TestAnOrderIsShippedOnce(t *testing.T) {
//		f := queuetest.New(t, "order-approved-shipping", build, queuetest.Options{})
//		f.CrashAt(queuetest.AfterEffect, 1)
//		f.Send(queuetest.Sample[retail.OrderApproved](t, "order.approved"))
//		f.RunUntilSettled()
//		if len(f.Effects()) != 1 || len(f.Emitted()) != 1 {
//			t.Errorf("shipped %v, published %v after %v", f.Effects(), f.Emitted(), f.Outcomes())
//		}
//	}
//
// build is the function that main gives to queue.Start, so that the connector is
// under test, too. A build of the test's own may return a handler with a fake.
//
// # Delivery
//
// [Function.RunUntilSettled] delivers message by message, and moves the clock to when
// the next one is visible: after its back-off, or after the queue's visibility timeout
// if the process died. After catalog.MaxReceive deliveries a message is dead-lettered.
//
// # Crashes
//
// A process that dies has no effect any more: its calls to ledger, state, bus, queue
// and doubles fail, and its log lines are dropped. The next delivery builds a new one.
// A fake is the test's own: a handler that goes on after such a failure reaches it.
//
// # Limits
//
// The clock stands still while a handler runs, and timeouts of requests are real time.
package queuetest

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/doubles"
	"signalbox/shared/event"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/functiontest"
	"signalbox/shared/function/queue"
	"signalbox/shared/idempotency"
	"signalbox/shared/sample"
	"signalbox/shared/state"
)

// TB is what a test gives; *testing.T has it.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Options change what a function under test has from the usual.
type Options struct {
	// Settings replace what the catalog and the doubles say.
	Settings map[string]string
	// Doubles replace those of their systems, for a test that looks into one. The
	// doubles of the function's other systems are new ones.
	Doubles []connectortest.Double
	// Start is where the clock starts; the present if zero.
	Start time.Time
	// Deliveries bound one RunUntilSettled; 0 means 100.
	Deliveries int
}

// Function is a function under test. Its methods are for the goroutine of the test.
type Function[T event.Payload] struct {
	t        TB
	entry    catalog.Function
	options  Options
	assemble func(context.Context, function.Parts) (lambda.Handler, error)
	clock    *clock
	messages inbox
	ledger   *idempotency.Memory
	state    *state.Memory
	bus      *functiontest.Bus
	output   *functiontest.Output
	vendors  *vendors
	// armed are the crashes to come, the next process' first.
	armed   []crash
	process *process
	crashes int
}

// New returns the function of that name in the catalog, with an empty queue; build is
// what queue.Start takes.
func New[T event.Payload](t TB, name string, build func(context.Context, function.Env) (queue.Handler[T], error), o Options) *Function[T] {
	t.Helper()
	entry, ok := catalog.FunctionByName(name)
	if !ok || !entry.IsQueue() {
		t.Fatalf("the catalog has no function %s that a queue triggers", name)
	}
	if o.Start.IsZero() {
		o.Start = time.Now().Truncate(time.Second)
	}
	if o.Deliveries == 0 {
		o.Deliveries = 100
	}
	c := &clock{at: o.Start}
	f := &Function[T]{
		t: t, entry: entry, options: o, assemble: queue.Assemble(build), clock: c,
		ledger: idempotency.NewMemory(c.now), state: state.NewMemory(c.now),
		bus: &functiontest.Bus{}, output: &functiontest.Output{}, vendors: &vendors{doubles: map[string]connectortest.Double{}},
	}
	f.messages.entry, f.messages.clock = entry, c
	all := doubles.All()
	for _, system := range entry.Systems() {
		f.vendors.doubles[system] = all[system]()
	}
	for _, d := range o.Doubles {
		f.vendors.doubles[d.System()] = d
	}
	t.Cleanup(f.Close)
	return f
}

// Close stops the doubles. The test's Cleanup does it, too.
func (f *Function[T]) Close() { f.vendors.close() }

// Send puts an event into the function's queue, as the bus does.
func (f *Function[T]) Send(e event.Event[T]) {
	f.t.Helper()
	body, err := encode(e)
	if err != nil {
		f.t.Fatalf("the event cannot be sent: %v", err)
	}
	f.SendBody(sample.EventBridge(body))
}

// SendBody puts a message into the function's queue, whatever it holds.
func (f *Function[T]) SendBody(body []byte) { f.messages.put(body) }

// AdvanceTime moves the clock. What is visible then is delivered by the next
// RunUntilSettled or Deliver.
func (f *Function[T]) AdvanceTime(d time.Duration) { f.clock.advance(d) }

// Now is the function's clock.
func (f *Function[T]) Now() time.Time { return f.clock.now() }

// State is what the function remembers between events.
func (f *Function[T]) State() state.Store { return f.state }

// EmptyLedger lets the function forget which events it applied, as after a restore.
func (f *Function[T]) EmptyLedger() {
	f.ledger = idempotency.NewMemory(f.clock.now)
	f.process = nil
}

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
