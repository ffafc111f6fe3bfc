package queuetest

import (
	"context"
	"strings"

	"github.com/go-json-experiment/json"
)

// RunUntilSettled delivers messages until the queue is empty, and moves the clock to
// when the next one is visible. It fails the test if messages still wait after
// Options.Deliveries.
func (f *Function[T]) RunUntilSettled() {
	f.t.Helper()
	for range f.options.Deliveries {
		m := f.messages.next()
		if m == nil {
			return
		}
		if wait := m.visible.Sub(f.clock.now()); wait > 0 {
			f.clock.advance(wait)
		}
		f.deliver(m)
	}
	if f.messages.next() != nil {
		f.t.Fatalf("not settled after %d deliveries; in the queue:\n%s\noutcomes: %s", f.options.Deliveries, f.messages.describe(), strings.Join(f.Outcomes(), ", "))
	}
}

// Deliver delivers the next message that is visible now. It returns false if none is.
func (f *Function[T]) Deliver() bool {
	f.t.Helper()
	m := f.messages.next()
	if m == nil || m.visible.After(f.clock.now()) {
		return false
	}
	f.deliver(m)
	return true
}

func (f *Function[T]) deliver(m *message) {
	f.t.Helper()
	batch, ok := f.messages.receive(m)
	if !ok {
		return
	}
	if f.process == nil {
		f.start()
	}
	answer, err := f.process.invoke(batch, f.entry.TimeoutOrDefault())
	if f.process.dead.Load() {
		f.process = nil
		f.crashes++
		return
	}
	if err != nil {
		f.t.Fatalf("the invoke failed: %v", err)
	}
	var response struct {
		Failures []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &response); err != nil {
		f.t.Fatalf("the answer is no batch response: %s", answer)
	}
	if len(response.Failures) == 0 {
		f.messages.acknowledge(m)
	}
}

// start starts the process that takes the next delivery.
func (f *Function[T]) start() {
	f.t.Helper()
	p := newProcess()
	if len(f.armed) > 0 {
		p.arm(f.armed[0])
		f.armed = f.armed[1:]
	}
	handler, err := f.assemble(context.Background(), f.parts(p))
	if err != nil {
		f.t.Fatalf("%s cannot start: %v", f.entry.Name, err)
	}
	p.handler, f.process = handler, p
}
