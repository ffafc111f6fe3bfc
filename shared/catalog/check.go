package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"signalbox/shared/event"
)

// Check reports the first contradiction in the catalog.
func Check() error {
	return tables{Events, Functions, Topics, Systems, Groups}.check()
}

// tables are what the catalog consists of.
type tables struct {
	events    []Event
	functions []Function
	topics    []Topic
	systems   []System
	groups    []Group
}

func (t tables) check() error {
	for _, rules := range []func() error{t.checkEvents, t.checkSystems, t.checkFunctions, t.checkRates, t.checkSettings, t.checkTopics, t.checkSequences, t.checkLoops} {
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
			return fmt.Errorf("event %s is in the catalog twice", e.Type())
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
			return fmt.Errorf("system %s is in the catalog twice", s.ID)
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

func (t tables) checkTopics() error {
	seen := map[string]bool{}
	for _, topic := range t.topics {
		switch {
		case seen[topic.Name]:
			return fmt.Errorf("topic %s is in the catalog twice", topic.Name)
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
