package reconcile

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Name is What without the ids in it: its words up to the first that holds a digit.
func (e Effect) Name() string {
	words := strings.Fields(e.What)
	for i, word := range words {
		if i > 0 && strings.ContainsAny(word, "0123456789") {
			return strings.Join(words[:i], " ")
		}
	}
	return strings.Join(words, " ")
}

// effects are the effects of each function, by their reference, in order.
type effects map[At][]Effect

// credit gives every effect to the function that made it.
func (r *reconciliation) credit() {
	r.effects = effects{}
	for _, e := range r.in.Effects {
		i := slices.IndexFunc(r.in.Functions, func(f Function) bool { return f.Name == e.Caller })
		if i < 0 || !r.in.Functions[i].uses(e.System) {
			r.unexplained(e.Caller, "", "%s: %s for %s was done by %s, which is no function that uses it",
				e.System, e.What, e.Reference, cmp.Or(e.Caller, "somebody unknown"))
			continue
		}
		at := At{e.Caller, e.Reference}
		r.effects[at] = append(r.effects[at], e)
		r.sums[e.Caller].Effects++
	}
}

func (f Function) uses(system string) bool {
	return f.System == system || slices.Contains(f.Reads, system)
}

// slack is how far the clocks of an outcome and of an effect may be apart.
const slack = 5 * time.Millisecond

// spans reports whether something at that time was done while the message was handled.
func (o Outcome) spans(at time.Time) bool {
	begin := o.At.Add(-time.Duration(o.MS*float64(time.Millisecond)) - slack)
	return !o.At.IsZero() && !at.Before(begin) && !at.After(o.At.Add(slack))
}

// made are the effects that the function made because of the event. Several events
// of a thing may mention it by the same name: then it is what is known by the event's
// own id, or else what was done meanwhile, if anything was. A process that died said
// no time.
func (r *reconciliation) made(f Function, e *Event) []string {
	own := r.effects[At{f.Name, e.ID}]
	if len(own) > 0 {
		return whats(own)
	}
	var named, meanwhile []Effect
	for text := range e.texts {
		if r.events[text] != nil {
			// What is known by an event's id is of that event alone, though others
			// name it as their cause.
			continue
		}
		for _, effect := range r.effects[At{f.Name, text}] {
			if effect.System != f.System {
				continue
			}
			named = append(named, effect)
			if slices.ContainsFunc(r.byEvent[At{f.Name, e.ID}], func(o Outcome) bool { return o.spans(effect.At) }) {
				meanwhile = append(meanwhile, effect)
			}
		}
	}
	if len(meanwhile) > 0 {
		return whats(meanwhile)
	}
	return whats(named)
}

// whats are the texts of effects, in the order in which they were made.
func whats(all []Effect) []string {
	slices.SortStableFunc(all, func(a, b Effect) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Reference, b.Reference))
	})
	var texts []string
	for _, e := range all {
		texts = append(texts, e.What)
	}
	return texts
}

// repeated finds what was done too often: the same kind of thing by the same
// function to the same reference, more often than there are events that call for it.
func (r *reconciliation) repeated() {
	count := map[Effect]int{}
	for at, all := range r.effects {
		for _, e := range all {
			count[Effect{System: e.System, Caller: at.Function, Reference: at.Event, What: e.Name()}]++
		}
	}
	var often []Effect
	for e, n := range count {
		if n > 1 {
			often = append(often, e)
		}
	}
	slices.SortFunc(often, func(a, b Effect) int {
		return cmp.Or(cmp.Compare(a.Caller, b.Caller), cmp.Compare(a.Reference, b.Reference), cmp.Compare(a.What, b.What))
	})
	for _, e := range often {
		causes := 0
		for _, entry := range r.Entries {
			if cause := r.events[entry.Event]; entry.Function == e.Caller && cause != nil && cause.Mentions(e.Reference) {
				causes++
			}
		}
		if n := count[e]; n > max(1, causes) {
			r.duplicated(e.Caller, "", n-max(1, causes), "%s: %s for %s was duplicated in %s: it happened %d times for %s",
				e.Caller, e.What, e.Reference, e.System, n, plural(causes, "event"))
		}
	}
}
