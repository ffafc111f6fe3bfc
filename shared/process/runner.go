package process

import (
	"context"
	"errors"
	"maps"
	"slices"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// ErrStale is the outcome of a timer that fired for a version of the state that is
// gone: the timer was moved or cancelled. Nothing is decided.
var ErrStale = errors.New("the timer was moved or cancelled")

// Store keeps the records of one process by key: a state.Values.
type Store interface {
	Get(ctx context.Context, key string) (Record, error)
	// Update calls change with the record, again until no other writer comes in between,
	// and returns it. It stores nothing if change reports false.
	Update(ctx context.Context, key string, change func(*Record) (bool, error)) (Record, error)
}

// Emitter publishes the events of one function: a function.Env.
type Emitter interface {
	// Derive returns the event that follows from cause, or refuses it if the
	// function may not emit its type.
	Derive(cause event.Header, data event.Payload) (event.Raw, error)
	// Publish puts events on the bus. Publishing again is harmless.
	Publish(ctx context.Context, events ...event.Raw) error
}

// Timers sets one-time schedules into the queue of one function; see package
// scheduler. Both methods are harmless to repeat.
type Timers interface {
	// Set makes the schedule of that name, which delivers fired at fired.Time.
	Set(ctx context.Context, name string, fired event.Raw) error
	// Cancel deletes the schedule of that name, if it is still there.
	Cancel(ctx context.Context, name string) error
}

// Runner runs a process for one function. Several functions may run the same
// process on the same states; each does what it owes itself. It is safe for
// concurrent use by any number of processes.
type Runner[S, E any] struct {
	Process Process[S, E]
	// Function is the name of the function.
	Function string
	Store    Store
	Emitter  Emitter
	// Timers may be nil for a function that sets none.
	Timers Timers
}

// Handle decides the event e, which cause brought, for the key, does what follows
// and returns the new state. A failure may have stored the decision; the
// redelivery of cause does the rest.
func (r Runner[S, E]) Handle(ctx context.Context, key string, cause event.Header, e E) (S, error) {
	state, record, err := r.update(ctx, key, func(record *Record, was S) (S, bool, error) {
		return r.decide(record, key, cause, was, e)
	})
	if err != nil {
		return state, err
	}
	return state, r.settle(ctx, key, record)
}

// Fire decides a timer that fired and does what follows. It returns ErrStale for
// one that was moved or cancelled meanwhile.
func (r Runner[S, E]) Fire(ctx context.Context, fired event.Event[Fired]) (S, error) {
	f := fired.Data
	if f.Process != r.Process.Name || r.Process.Fired == nil {
		var none S
		return none, fault.Refuse("process-timer", errors.New("the timer belongs to another process"))
	}
	var stale bool
	state, record, err := r.update(ctx, f.Key, func(record *Record, was S) (S, bool, error) {
		set, ok := record.Keeping.Timers[f.Timer]
		stale = !ok || set.Version != f.Version
		if stale || set.Fired {
			return was, false, nil
		}
		set.Fired = true
		record.Keeping.Timers[f.Timer] = set
		now, _, err := r.decide(record, f.Key, fired.Header, was, r.Process.Fired(Due{Name: f.Timer, At: f.At}))
		return now, true, err
	})
	if err == nil {
		err = r.settle(ctx, f.Key, record)
	}
	if err == nil && stale {
		err = ErrStale
	}
	return state, err
}

// update changes the record of the key until nobody comes in between.
func (r Runner[S, E]) update(ctx context.Context, key string, change func(*Record, S) (S, bool, error)) (S, Record, error) {
	var state S
	record, err := r.Store.Update(ctx, key, func(record *Record) (bool, error) {
		// The store may call again with what another wrote; maps and lists of before
		// are not touched.
		record.Keeping.Timers = maps.Clone(record.Keeping.Timers)
		record.Keeping.Owed = slices.Clone(record.Keeping.Owed)
		was, err := r.Process.read(*record)
		if err != nil {
			return false, err
		}
		before := record.Keeping.Version
		now, changed, err := change(record, was)
		if state = now; err != nil {
			return false, err
		}
		rewritten, err := r.Process.write(record, now)
		if err != nil {
			return false, err
		}
		if (changed || rewritten) && r.Process.Fired != nil {
			record.Keeping.Version = before + 1
		}
		return changed || rewritten, nil
	})
	return state, record, err
}

// decide asks the process and enters what follows into the record.
func (r Runner[S, E]) decide(record *Record, key string, cause event.Header, was S, e E) (S, bool, error) {
	d := r.Process.Decide(was, e)
	var owes []owed
	for _, data := range d.Emit {
		next, err := r.Emitter.Derive(cause, data)
		if err != nil {
			return was, false, err
		}
		owes = append(owes, owed{Emit: &next})
	}
	for _, name := range d.Cancel {
		if set, ok := record.Keeping.Timers[name]; ok && !set.Fired {
			delete(record.Keeping.Timers, name)
			owes = append(owes, owed{Cancel: set.Schedule, Function: set.Function})
		}
	}
	for _, timer := range d.Set {
		more, err := r.set(record, key, cause, timer)
		if err != nil {
			return was, false, err
		}
		owes = append(owes, more...)
	}
	for _, o := range owes {
		if o.Function == "" {
			o.Function = r.Function
		}
		record.Keeping.Owed = append(record.Keeping.Owed, o)
	}
	return d.State, len(owes) > 0, nil
}

// set enters a timer and returns what is owed for it; nothing if it is set so already.
func (r Runner[S, E]) set(record *Record, key string, cause event.Header, timer Timer) ([]owed, error) {
	if r.Timers == nil || r.Process.Fired == nil {
		return nil, fault.Refuse("process-timer", errors.New("the function keeps no timers"))
	}
	was, ok := record.Keeping.Timers[timer.Name]
	if ok && was.At.Equal(timer.At) {
		return nil, nil
	}
	fired := Fired{Process: r.Process.Name, Key: key, Timer: timer.Name, Version: record.Keeping.Version + 1, At: timer.At.UTC()}
	message, err := event.Next(r.Function, cause, timer.At, fired)
	if err != nil {
		return nil, err
	}
	var owes []owed
	if ok && !was.Fired {
		owes = append(owes, owed{Cancel: was.Schedule, Function: was.Function})
	}
	if record.Keeping.Timers == nil {
		record.Keeping.Timers = map[string]setting{}
	}
	record.Keeping.Timers[timer.Name] = setting{
		Version: fired.Version, At: fired.At, Schedule: ScheduleName(r.Function, message), Function: r.Function,
	}
	return append(owes, owed{Set: &message}), nil
}

// settle does what the function owes of the key and strikes it off.
func (r Runner[S, E]) settle(ctx context.Context, key string, record Record) error {
	mine := record.owes(r.Function)
	if len(mine) == 0 {
		return nil
	}
	var events []event.Raw
	for _, o := range mine {
		if o.Emit != nil {
			events = append(events, *o.Emit)
		}
	}
	if len(events) > 0 {
		if err := r.Emitter.Publish(ctx, events...); err != nil {
			return err
		}
	}
	for _, o := range mine {
		var err error
		switch {
		case o.Set != nil:
			err = r.Timers.Set(ctx, ScheduleName(r.Function, *o.Set), *o.Set)
		case o.Cancel != "":
			err = r.Timers.Cancel(ctx, o.Cancel)
		}
		if err != nil {
			return err
		}
	}
	_, err := r.Store.Update(ctx, key, func(record *Record) (bool, error) {
		record.Keeping.Owed = slices.Clone(record.Keeping.Owed)
		return record.strikeOff(mine), nil
	})
	return err
}
