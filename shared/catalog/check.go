package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/shared/event"
)

// Check reports the first contradiction in the catalog.
func Check() error {
	return tables{Events, Functions, Topics, Systems}.check()
}

// tables are what the catalog consists of.
type tables struct {
	events    []Event
	functions []Function
	topics    []Topic
	systems   []System
}

func (t tables) check() error {
	for _, rules := range []func() error{t.checkEvents, t.checkSystems, t.checkFunctions, t.checkTopics, t.checkSequences, t.checkLoops} {
		if err := rules(); err != nil {
			return err
		}
	}
	return nil
}

func (t tables) checkEvents() error {
	seen := map[event.Type]bool{}
	for _, e := range t.events {
		switch {
		case e.Payload == nil:
			return errors.New("an event has no payload")
		case seen[e.Type()]:
			return fmt.Errorf("event %s stands twice", e.Type())
		case !isType(string(e.Type())):
			return fmt.Errorf("event %s is not named subject.past-participle", e.Type())
		case e.Payload.SchemaVersion() < 1:
			return fmt.Errorf("event %s: schema versions count from 1", e.Type())
		case e.Domain == "":
			return fmt.Errorf("event %s has no domain", e.Type())
		case e.Means == "":
			return fmt.Errorf("event %s does not say what it means", e.Type())
		}
		seen[e.Type()] = true
	}
	return nil
}

func (t tables) checkSystems() error {
	seen := map[string]bool{}
	for _, s := range t.systems {
		switch {
		case seen[s.ID]:
			return fmt.Errorf("system %s stands twice", s.ID)
		case !isName(s.ID, "", isLower):
			return fmt.Errorf("system %q is not named by lower-case letters and digits", s.ID)
		case s.Title == "":
			return fmt.Errorf("system %s has no title", s.ID)
		case s.Rate <= 0:
			return fmt.Errorf("system %s does not say how many requests a second it allows", s.ID)
		case s.BaseURL != "" && !strings.HasPrefix(s.BaseURL, "https://"):
			return fmt.Errorf("system %s: its address is not https", s.ID)
		case slices.Contains(s.Secret, ""):
			return fmt.Errorf("system %s: a key of its secret has no name", s.ID)
		}
		seen[s.ID] = true
	}
	return nil
}

func (t tables) checkFunctions() error {
	seen := map[string]bool{}
	for _, f := range t.functions {
		if seen[f.Name] {
			return fmt.Errorf("function %s stands twice", f.Name)
		}
		seen[f.Name] = true
		for _, rules := range []func(Function) error{checkFunction, t.checkReferences, t.checkSettings} {
			if err := rules(f); err != nil {
				return fmt.Errorf("function %s: %w", f.Name, err)
			}
		}
	}
	return nil
}

// MaxTimersName is how long the name of a function that keeps timers may be: a
// schedule's name has 64 characters, and 27 are for the timer.
const MaxTimersName = 64 - 27

func checkFunction(f Function) error {
	prefix := strings.ReplaceAll(string(f.Event), ".", "-") + "-"
	switch {
	case !isName(f.Name, "-", isLower):
		return errors.New("its name is not words joined by hyphens")
	case !slices.Contains([]Trigger{Queue, HTTP, Kafka, Schedule}, f.Trigger):
		return fmt.Errorf("its trigger is not one of queue, %s, %s and %s", HTTP, Kafka, Schedule)
	case f.Trigger == Schedule && (f.Event != "" || f.Source != "" || f.Every < time.Minute):
		return errors.New("what the clock triggers has neither event nor source, and runs once a minute at the most")
	case f.Trigger != Schedule && f.Every != 0:
		return errors.New("only what the clock triggers runs every so often")
	case f.Trigger != Schedule && (f.Event == "") == (f.Source == ""):
		return errors.New("it needs either an event or a source")
	case f.Event != "" && f.Trigger != Queue:
		return errors.New("an event triggers a function by its queue")
	case f.Event == AnyEvent && len(f.Emits)+len(f.Echoes) > 0:
		return errors.New("what takes any event would take what it brings about")
	case f.Event != "" && f.Event != AnyEvent && !strings.HasPrefix(f.Name, prefix):
		return fmt.Errorf("its name does not begin with %s", prefix)
	case f.Domain == "":
		return errors.New("it has no domain")
	case f.Does == "":
		return errors.New("it does not say what it does")
	case f.Effect != Natural && f.Effect != Unsafe:
		return errors.New("its effect is neither natural nor unsafe")
	case f.Effect == Unsafe && (f.AskAfter <= 0 || f.System == ""):
		return errors.New("an unsafe effect needs a system and the time after which that system shows it")
	case f.Effect == Natural && f.AskAfter != 0:
		return errors.New("only an unsafe effect is asked after")
	case f.System == "" && len(f.Emits) == 0 && f.Trigger != HTTP && f.Refills == "":
		return errors.New("it neither writes to a system nor emits an event")
	case f.Alone && f.Trigger != Schedule:
		return errors.New("only what the clock triggers runs alone")
	case f.Timers && (f.Trigger != Queue || f.Event == "" || f.Event == AnyEvent):
		return errors.New("only what one type of event triggers keeps timers, which come through its queue")
	case f.Timers && len(f.Name) > MaxTimersName:
		return fmt.Errorf("it keeps timers, whose schedules are named after it: its name may have %d characters", MaxTimersName)
	case f.Calls < 0:
		return errors.New("it makes fewer than no calls")
	case f.Event != "" && slices.Contains(f.Emits, f.Event):
		return errors.New("it emits what triggers it")
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
	if f.Event != "" && f.Event != AnyEvent && !known(f.Event) {
		return fmt.Errorf("event %s is not in the catalog", f.Event)
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
	if f.Refills != "" && !slices.ContainsFunc(t.functions, func(other Function) bool { return other.Source == f.Refills && other.Trigger == Queue }) {
		return fmt.Errorf("no function opens the source %s that it refills", f.Refills)
	}
	for i, id := range f.Systems() {
		if !slices.ContainsFunc(t.systems, func(s System) bool { return s.ID == id }) {
			return fmt.Errorf("system %s is not in the catalog", id)
		}
		if slices.Contains(f.Systems()[:i], id) {
			return fmt.Errorf("system %s stands twice", id)
		}
	}
	return nil
}

// checkSettings looks at everything that f is given by its environment, its
// systems' settings included: a name that stands for two things has one value.
func (t tables) checkSettings(f Function) error {
	settings := slices.Clone(f.Settings)
	taken := map[string]bool{}
	for _, s := range t.systems {
		if slices.Contains(f.Systems(), s.ID) {
			settings = append(settings, s.Settings...)
			taken[strings.ToUpper(s.ID)+"_BASE_URL"] = true
		}
	}
	for _, s := range settings {
		switch {
		case !isName(s.Name, "_", isUpper):
			return fmt.Errorf("setting %q is not upper-case words joined by underscores", s.Name)
		case strings.HasPrefix(s.Name, "SIGNALBOX_"), strings.HasPrefix(s.Name, "AWS_"):
			return fmt.Errorf("setting %s: SIGNALBOX_ and AWS_ are taken", s.Name)
		case taken[s.Name]:
			return fmt.Errorf("setting %s stands twice", s.Name)
		case s.Help == "":
			return fmt.Errorf("setting %s has no help", s.Name)
		case s.Required && s.Default != "":
			return fmt.Errorf("setting %s is required and has a default", s.Name)
		case s.Required && s.Example == "":
			return fmt.Errorf("setting %s is required and has no example", s.Name)
		}
		taken[s.Name] = true
	}
	return nil
}

func (t tables) checkTopics() error {
	seen := map[string]bool{}
	for _, topic := range t.topics {
		switch {
		case seen[topic.Name]:
			return fmt.Errorf("topic %s stands twice", topic.Name)
		case !isName(topic.Name, "-", isLower):
			return fmt.Errorf("topic %q: its name is not words joined by hyphens", topic.Name)
		case topic.Domain == "" || topic.For == "":
			return fmt.Errorf("topic %s does not say whose it is", topic.Name)
		case !slices.ContainsFunc(t.events, func(e Event) bool { return e.Type() == topic.Event }):
			return fmt.Errorf("topic %s: event %s is not in the catalog", topic.Name, topic.Event)
		}
		seen[topic.Name] = true
	}
	return nil
}

func isType(s string) bool {
	subject, participle, ok := strings.Cut(s, ".")
	return ok && isName(subject, "-", isLower) && isName(participle, "-", isLower)
}

// isName reports whether s is words of letters and digits that begin with a
// letter and are joined by the separator, none if that is "".
func isName(s, separator string, isLetter func(byte) bool) bool {
	words := []string{s}
	if separator != "" {
		words = strings.Split(s, separator)
	}
	for i, word := range words {
		for j := range len(word) {
			first := i == 0 && j == 0
			if c := word[j]; !isLetter(c) && (first || c < '0' || c > '9') {
				return false
			}
		}
		if word == "" {
			return false
		}
	}
	return true
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
