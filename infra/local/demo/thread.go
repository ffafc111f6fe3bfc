package demo

import (
	"slices"
	"strings"

	"signalbox/shared/catalog"
	"signalbox/shared/reconcile"
)

// Thread is one thing's way through the whole system: what happened to it, and
// what was done about it, in the order in which it came onto the bus.
type Thread struct {
	// Of is what people call the thing.
	Of    string `json:"of"`
	Steps []Step `json:"steps"`
}

// Step is one event of a thread and what was done because of it.
type Step struct {
	Event string `json:"event"`
	Type  string `json:"type"`
	// Did are the effects, led by the system's title.
	Did []string `json:"did"`
}

// followed are the things of the samples whose thread is shown: an order from its
// placing to the customer's destination, and a SKU from plenty to a promotion.
func followed() []string { return []string{"SB-20417", "KETTLE-1L"} }

// threads follows the things through all events that speak of them. The lake,
// which takes every event, is left out, and so are events without an effect.
func (r *Result) threads(events []reconcile.Event) []Thread {
	var all []Thread
	for _, thing := range followed() {
		t := Thread{Of: thing}
		for _, e := range events {
			if e.Label != thing && !e.Mentions(thing) {
				continue
			}
			s := Step{Event: e.ID, Type: e.Type}
			for _, entry := range r.Entries {
				if entry.Event == e.ID && entry.Verdict == reconcile.Applied && !takesEvery(entry.Function) && len(entry.Effects) > 0 {
					s.Did = append(s.Did, title(entry.System)+": "+strings.Join(entry.Effects, ", "))
				}
			}
			if len(s.Did) > 0 {
				slices.Sort(s.Did)
				t.Steps = append(t.Steps, s)
			}
		}
		if len(t.Steps) > 0 {
			all = append(all, t)
		}
	}
	return all
}

func takesEvery(function string) bool {
	f, ok := catalog.FunctionByName(function)
	return ok && f.Event() == catalog.AnyEvent
}

func (p printer) threads(threads []Thread) {
	for _, t := range threads {
		p.heading(t.Of + " from first to last")
		left := 0
		for _, s := range t.Steps {
			left = max(left, width(s.Type))
		}
		for _, s := range t.Steps {
			for i, did := range s.Did {
				name := s.Type
				if i > 0 {
					name = ""
				}
				p.line("  %s  %s", pad(name, left), did)
			}
		}
	}
}
