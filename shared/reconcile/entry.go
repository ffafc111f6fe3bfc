package reconcile

import (
	"cmp"
	"fmt"
	"slices"

	"signalbox/shared/catalog"
)

// entry judges one event at one function.
func (r *reconciliation) entry(f Function, e *Event) {
	at := At{f.Name, e.ID}
	entry, count := r.described(f, at)
	entry.Effects = r.made(f, e)
	what := fmt.Sprintf("%s: %s %s", f.Name, e.Type, e.ID)
	entry.Verdict = r.verdict(&entry, count, what)
	if entry.Verdict == Applied {
		r.believe(f, e, entry, what)
	}
	r.Entries = append(r.Entries, entry)
	r.repetitions(at, entry.Verdict, e.Times, what)
	r.sums[f.Name].Events++
	r.sums[f.Name].Accepted += e.Times
}

// described fills in what the function said of the event, and counts it by kind.
func (r *reconciliation) described(f Function, at At) (Entry, map[Kind]int) {
	entry, count := Entry{Event: at.Event, Function: f.Name, System: f.System}, map[Kind]int{}
	for _, o := range r.byEvent[at] {
		count[o.Kind]++
		entry.Attempts = max(entry.Attempts, o.Attempt)
		if decisive := count[KindApplied] == 0 || o.Kind == KindApplied; decisive && o.Kind != KindDuplicate {
			entry.MS, entry.LatencyMS, entry.Reason, entry.Fault = o.MS, o.LatencyMS, o.Reason, o.Fault
		}
	}
	entry.Suppressed = count[KindDuplicate]
	return entry, count
}

// verdict decides what became of the event that what describes.
func (r *reconciliation) verdict(entry *Entry, count map[Kind]int, what string) Verdict {
	f, dead := entry.Function, r.dead[At{entry.Function, entry.Event}]
	switch {
	case count[KindApplied] > 1:
		r.duplicated(f, entry.Event, count[KindApplied]-1, "%s was applied %d times", what, count[KindApplied])
		return Duplicated
	// A process that dies between the effect and its log line leaves the rest to
	// the ledger, or to the repetition of a harmless effect.
	case count[KindApplied] == 1 || len(dead) == 0 && count[KindDuplicate] > 0 && count[KindIgnored] == 0 && count[KindStale] == 0:
		if len(dead) > 0 {
			r.unexplained(f, entry.Event, "%s was applied and dead-lettered too (%s)", what, dead[0].Reason)
		}
		return Applied
	case len(dead) > 0:
		entry.Reason, entry.Fault = dead[0].Reason, dead[0].Fault
		if entry.Reason == "" {
			r.unexplained(f, entry.Event, "%s is dead-lettered without a reason", what)
		}
		return DeadLettered
	case count[KindIgnored] > 0:
		return Ignored
	case count[KindStale] > 0:
		return Stale
	case count[KindDone] > 0:
		return Done
	case r.in.Waiting[f] > 0:
		why := ""
		if entry.Reason != "" {
			why = ": " + entry.Reason
		}
		r.stuck(f, entry.Event, 1, "%s is stuck after %s%s", what, plural(entry.Attempts, "attempt"), why)
		return Stuck
	}
	r.lost(f, entry.Event, 1, "%s is lost: not applied, not dead-lettered, not in the queue", what)
	return Lost
}

// believe checks that an event that was applied left a trace.
func (r *reconciliation) believe(f Function, e *Event, entry Entry, what string) {
	if len(entry.Effects) > 0 || len(r.dead[At{f.Name, e.ID}]) > 0 {
		return
	}
	if f.ActsAlways && e.Timer == "" {
		r.lost(f.Name, e.ID, 1, "%s: the function says applied, but %s knows nothing of it", what, f.System)
		return
	}
	for i := range r.in.Events {
		if r.in.Events[i].Causation == e.ID && f.emitted(&r.in.Events[i]) {
			return
		}
	}
	r.lost(f.Name, e.ID, 1, "%s: the function says applied, but neither did %s see it nor did an event follow", what, cmp.Or(f.System, "the bus"))
}

// repetitions accounts for the deliveries of an event beyond the one that decided
// about it. A second dead letter is one of them if the event was delivered again.
func (r *reconciliation) repetitions(at At, v Verdict, times int, what string) {
	s := r.sums[at.Function]
	messages := map[string]bool{}
	done := false
	for _, o := range r.byEvent[at] {
		if o.Kind.isFinal() {
			messages[o.Message] = true
		}
		done = done || o.Kind == KindDone
	}
	accounted := len(messages)
	dead := r.dead[at]
	if n := len(dead); n > 1 {
		deliveries := max(times, r.in.Deliveries[at])
		allowed := deliveries
		// A function may die after each of its dead letters, until the queue moves the
		// message, too.
		if deliveries >= catalog.MaxReceive && slices.ContainsFunc(dead, func(d DeadLetter) bool { return d.ByQueue }) {
			allowed++
		}
		again := min(n, allowed) - 1
		s.Duplicates += again
		if n-1 > again {
			r.duplicated(at.Function, at.Event, n-1-again, "%s was dead-lettered %d times, but delivered %s", what, n, plural(deliveries, "time"))
		}
	}
	for _, d := range dead {
		if d.ByQueue || !done {
			accounted++
		}
	}
	if v == Lost || v == Stuck {
		// The decisive delivery is reported already.
		accounted++
	}
	s.missing += max(0, times-accounted)
}
