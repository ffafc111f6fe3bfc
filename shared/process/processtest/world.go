// Package processtest is the world around a process, in memory: its states, the
// bus, and a clock that is moved by hand and fires timers.
//
//	w := processtest.New(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
//	runner := process.Runner[state, any]{Process: reminder, Function: "cart-abandoned-reminder", Store: w.Store("reminder"), Emitter: w.Env("cart-abandoned-reminder"), Timers: w.Env("cart-abandoned-reminder")}
//	_, err := runner.Handle(ctx, "c-1", cause, cartAbandoned{At: w.Now()})
//	err = w.Advance(24*time.Hour, func(e event.Event[process.Fired]) error { _, err := runner.Fire(ctx, e); return err })
//	w.Published // what is on the bus
//
// Fail breaks a step off, before or after it is done.
package processtest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/process"
	"signalbox/shared/state"
)

// World is used by one goroutine at a time.
type World struct {
	// Published are the events on the bus, repetitions included.
	Published []event.Raw
	// Timers are the messages of the timers that are set, by the names of their schedules.
	Timers map[string]event.Raw
	// Fail is asked before and after each step outside of the decision: "read",
	// "write", "publish", "set" and "cancel". An error it returns ends the step; one
	// after it hides that it was done. It may be nil.
	Fail func(step string, done bool) error

	now    time.Time
	memory *state.Memory
}

// New returns an empty world at the given time.
func New(at time.Time) *World {
	w := &World{Timers: map[string]event.Raw{}, now: at}
	w.memory = state.NewMemory(w.Now)
	return w
}

// Now is the world's clock.
func (w *World) Now() time.Time { return w.now }

// Store keeps the states of the process of that name.
func (w *World) Store(name string) process.Store {
	return state.Of[process.Record](failing{w}, name, state.Forever)
}

// Memory is the store behind Store, which does not fail.
func (w *World) Memory() *state.Memory { return w.memory }

// IDs returns the ids of the published events of a type, each once, in the order in
// which they first appeared.
func (w *World) IDs(t event.Type) []string {
	var ids []string
	for _, e := range w.Published {
		if e.Type == t && !slices.Contains(ids, e.ID) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// Advance moves the clock and fires each timer that is due by then, the earliest
// first. A timer whose firing fails stays, as its message does in a queue, and the
// error is returned.
func (w *World) Advance(d time.Duration, fire func(event.Event[process.Fired]) error) error {
	w.now = w.now.Add(d)
	for {
		var next string
		for name, timer := range w.Timers {
			if !timer.Time.After(w.now) && (next == "" || cmp.Or(timer.Time.Compare(w.Timers[next].Time), strings.Compare(name, next)) < 0) {
				next = name
			}
		}
		if next == "" {
			return nil
		}
		fired, err := event.As[process.Fired](w.Timers[next])
		if err == nil {
			err = fire(fired)
		}
		if err != nil {
			return err
		}
		delete(w.Timers, next)
	}
}

// step does one step as far as Fail lets it.
func (w *World) step(name string, do func()) error {
	if w.Fail != nil {
		if err := w.Fail(name, false); err != nil {
			return err
		}
	}
	do()
	if w.Fail != nil {
		return w.Fail(name, true)
	}
	return nil
}

// Env is what a function of the world has: a process.Emitter and process.Timers.
type Env struct {
	*World
	Function string
}

// Env returns what the named function has.
func (w *World) Env(function string) Env { return Env{w, function} }

// Derive implements process.Emitter.
func (e Env) Derive(cause event.Header, data event.Payload) (event.Raw, error) {
	return event.Next(e.Function, cause, e.now, data)
}

// Publish implements process.Emitter.
func (e Env) Publish(_ context.Context, events ...event.Raw) error {
	return e.step("publish", func() { e.Published = append(e.Published, events...) })
}

// Set implements process.Timers.
func (e Env) Set(_ context.Context, name string, fired event.Raw) error {
	return e.step("set", func() { e.Timers[name] = fired })
}

// Cancel implements process.Timers.
func (e Env) Cancel(_ context.Context, name string) error {
	return e.step("cancel", func() { delete(e.Timers, name) })
}

// failing is the world's store whose steps may fail.
type failing struct{ *World }

func (f failing) Read(ctx context.Context, key string) (record state.Record, err error) {
	failed := f.step("read", func() { record, err = f.memory.Read(ctx, key) })
	return record, cmp.Or(failed, err)
}

func (f failing) Swap(ctx context.Context, key string, old state.Record, text string, keep time.Duration) (ok bool, err error) {
	failed := f.step("write", func() { ok, err = f.memory.Swap(ctx, key, old, text, keep) })
	return ok, cmp.Or(failed, err)
}
