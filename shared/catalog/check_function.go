package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/shared/event"
)

func (t tables) checkFunctions() error {
	seen := map[string]bool{}
	for _, f := range t.functions {
		if seen[f.Name] {
			return fmt.Errorf("function %s is in the catalog twice", f.Name)
		}
		seen[f.Name] = true
		for _, rules := range []func(Function) error{checkTrigger, checkFunction, t.checkReferences} {
			if err := rules(f); err != nil {
				return fmt.Errorf("function %s: %w", f.Name, err)
			}
		}
	}
	return nil
}

// checkTrigger finds a trigger that lacks what it needs.
func checkTrigger(f Function) error {
	switch t := f.Trigger.(type) {
	case EventQueue:
		return checkEventQueue(f, t)
	case SourceQueue, Kafka, HTTP:
		if f.Source() == "" {
			return fmt.Errorf("its trigger %s has no source", t)
		}
	case Schedule:
		if t.Every < time.Minute || t.Every%time.Minute != 0 {
			return errors.New("a schedule runs every so many whole minutes")
		}
	default:
		return errors.New("it has no trigger")
	}
	return nil
}

// MaxTimersName is how long the name of a function that keeps timers may be: a
// schedule's name has 64 characters, and 27 are for the timer.
const MaxTimersName = 64 - 27

func checkEventQueue(f Function, q EventQueue) error {
	prefix := strings.ReplaceAll(string(q.Event), ".", "-") + "-"
	switch {
	case q.Event == "":
		return errors.New("its queue has no event")
	case q.Event == AnyEvent && len(f.Emits)+len(f.Echoes) > 0:
		return errors.New("what takes every event would take what it emits")
	case q.Event != AnyEvent && !strings.HasPrefix(f.Name, prefix):
		return fmt.Errorf("its name does not begin with %s", prefix)
	case q.Timers && q.Event == AnyEvent:
		return errors.New("only what one type of event triggers keeps timers")
	case q.Timers && len(f.Name) > MaxTimersName:
		return fmt.Errorf("it keeps timers, whose schedules are named after it: its name may have %d characters", MaxTimersName)
	case slices.Contains(f.Emits, q.Event):
		return errors.New("it emits what triggers it")
	}
	return nil
}

func checkFunction(f Function) error {
	_, natural := f.Effect.(Natural)
	switch {
	case !isName(f.Name, "-", isLower):
		return errors.New("its name is not words joined by hyphens")
	case f.Domain == "":
		return errors.New("it has no domain")
	case f.Does == "":
		return errors.New("it does not say what it does")
	case !natural && !f.IsUnsafe():
		return errors.New("its effect is neither natural nor unsafe")
	case f.IsUnsafe() && (f.AskAfter() <= 0 || f.System == ""):
		return errors.New("an unsafe effect needs a system and the time after which that system shows it")
	case f.System == "" && len(f.Emits) == 0 && !f.IsHTTP() && f.Refills() == "":
		return errors.New("it neither writes to a system nor emits an event")
	case f.Calls < 0:
		return errors.New("it makes fewer than no calls")
	case f.TimeoutOrDefault() < time.Second || f.TimeoutOrDefault() > 15*time.Minute:
		return errors.New("its timeout is not within what Lambda allows, 1 s to 15 min")
	case f.MemoryOrDefault() < 128 || f.MemoryOrDefault() > 10240:
		return errors.New("its memory is not within what Lambda allows, 128 to 10,240 MB")
	}
	return nil
}

// checkReferences finds names that stand for nothing.
func (t tables) checkReferences(f Function) error {
	known := func(want event.Type) bool {
		return slices.ContainsFunc(t.events, func(e Event) bool { return e.Type() == want })
	}
	if f.Event() != "" && f.Event() != AnyEvent && !known(f.Event()) {
		return fmt.Errorf("event %s is not in the catalog", f.Event())
	}
	for i, emitted := range f.Emits {
		if !known(emitted) {
			return fmt.Errorf("it emits %s, which is not in the catalog", emitted)
		}
		if slices.Contains(f.Emits[:i], emitted) {
			return fmt.Errorf("it emits %s twice", emitted)
		}
	}
	for _, echo := range f.Echoes {
		if !known(echo) {
			return fmt.Errorf("what it writes comes back as %s, which is not in the catalog", echo)
		}
	}
	if f.Refills() != "" && !slices.ContainsFunc(t.functions, func(other Function) bool { return other.Source() == f.Refills() && other.IsQueue() }) {
		return fmt.Errorf("no function reads a queue of the source %s that it refills", f.Refills())
	}
	for i, id := range f.Systems() {
		if !slices.ContainsFunc(t.systems, func(s System) bool { return s.ID == id }) {
			return fmt.Errorf("system %s is not in the catalog", id)
		}
		if slices.Contains(f.Systems()[:i], id) {
			return fmt.Errorf("system %s is named twice", id)
		}
	}
	return t.checkCapabilities(f)
}

// checkCapabilities finds what only some functions can do and f cannot.
func (t tables) checkCapabilities(f Function) error {
	for _, s := range t.systems {
		if s.ID == f.System && s.Lake && f.Event() != AnyEvent {
			return errors.New("only what takes every event writes to the lake")
		}
	}
	for _, other := range t.functions {
		if other.Name == f.Name {
			continue
		}
		if f.Refills() != "" && other.Refills() == f.Refills() {
			return fmt.Errorf("%s refills %s too", other.Name, f.Refills())
		}
		if f.Subscribes() != "" && other.Subscribes() == f.Subscribes() {
			return fmt.Errorf("%s keeps the subscription at %s too", other.Name, f.Subscribes())
		}
		if f.IsHTTP() && other.IsHTTP() && other.Source() == f.Source() {
			return fmt.Errorf("%s answers the requests of %s too", other.Name, f.Source())
		}
	}
	return nil
}
