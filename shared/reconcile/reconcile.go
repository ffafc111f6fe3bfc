// Package reconcile checks the promise of Signalbox against what was seen: every
// accepted event is applied exactly once by each of its functions, or it waits in a
// dead-letter queue with its reason.
//
//	report := reconcile.Reconcile(reconcile.Input{
//		Functions:   []reconcile.Function{{Name: "order-created-crm", Event: "order.created", System: "salesforce", ActsAlways: true}},
//		Events:      events,      // what was on the bus
//		Outcomes:    outcomes,    // what each function made of each event
//		DeadLetters: deadLetters, // what is in the dead-letter queues
//		Waiting:     waiting,     // how many messages are still in each queue
//		Effects:     effects,     // what the systems say was done to them
//	})
//	fmt.Println(report)
//	// all accounted for: 2 events, 2 reactions, 0 lost, 0 duplicated, 0 stuck
//
// No source is believed alone: events are counted on the bus, dead letters and
// messages in the queues, effects at the systems, and only outcomes are what the
// functions say. The input is plain data. The local run takes it from log lines and
// doubles, the fault tests from queues in memory; a deployed stage can take outcomes
// from its ledger, events from the archive, and leave the effects out.
//
// # What is found
//
// Lost is what is nowhere: an event that a function neither applied nor
// dead-lettered and that is not in its queue, and an effect that is missing of an
// event that was applied. Duplicated is what happened more often than an event
// calls for. Stuck is what still waits. Unexplained is what contradicts itself,
// such as an effect that no known function made.
//
// # Who made an effect
//
// An effect is credited to the function that its Caller names and to no other, so
// that one function's effect never hides that another's is missing.
//
// # Dead letters
//
// A dead letter needs a reason. A second one of the same event at the same function
// is a repetition: it is counted as one if the event was delivered again, and is
// duplicated if it was not.
//
// # Expectations
//
// Where it is known what should follow from a thing that happens outside, because it
// was learned from an undisturbed run by [Learn], every story is compared with it. A
// dead letter that is not expected excuses what is missing downstream of it, and
// nothing else.
package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Verdict is what became of one event at one function.
type Verdict string

// The verdicts. The first five are as promised.
const (
	Applied      Verdict = "applied"
	Ignored      Verdict = "ignored"
	Stale        Verdict = "stale"
	DeadLettered Verdict = "dead-lettered"
	// Done: the function took it off its queue; what it made of it was not said.
	Done Verdict = "done"
	// Stuck: it is still in the function's queue.
	Stuck Verdict = "stuck"
	// Lost: it is nowhere.
	Lost Verdict = "lost"
	// Duplicated: it was applied more than once.
	Duplicated Verdict = "duplicated"
)

// Entry is one event at one function: a reaction.
type Entry struct {
	Event    string  `json:"event"`
	Function string  `json:"function"`
	System   string  `json:"system,omitzero"`
	Verdict  Verdict `json:"verdict"`
	// Reason is why it was ignored or dead-lettered, or waits.
	Reason string `json:"reason,omitzero"`
	Fault  string `json:"fault,omitzero"`
	// Attempts counts its deliveries, Suppressed the repetitions that were recognized.
	Attempts   int `json:"attempts"`
	Suppressed int `json:"suppressed,omitzero"`
	// MS is how long the decisive attempt took, LatencyMS the time since it happened.
	MS        float64  `json:"ms"`
	LatencyMS float64  `json:"latencyMs,omitzero"`
	Effects   []string `json:"effects,omitzero"`
}

// reconciliation is one run of Reconcile.
type reconciliation struct {
	Report
	in        Input
	events    map[string]*Event
	byEvent   map[At][]Outcome
	byMessage map[At][]Outcome
	dead      map[At][]DeadLetter
	effects   effects
	sums      map[string]*Sum
}

// Reconcile compares what was seen.
func Reconcile(in Input) Report {
	r := newReconciliation(in)
	for i := range r.in.Events {
		e := &r.in.Events[i]
		for _, f := range r.in.Functions {
			if f.receives(e) {
				r.entry(f, e)
			}
		}
	}
	for _, f := range r.in.Functions {
		if f.Event == "" {
			r.ingress(f)
		} else {
			r.sum(f)
		}
	}
	r.emitted()
	r.topics()
	if r.in.Expected == nil {
		r.repeated()
	} else {
		r.compare()
	}
	for _, f := range r.in.Functions {
		r.Report.Functions = append(r.Report.Functions, *r.sums[f.Name])
	}
	return r.Report
}

func newReconciliation(in Input) *reconciliation {
	r := &reconciliation{
		in: in, events: map[string]*Event{}, byEvent: map[At][]Outcome{}, byMessage: map[At][]Outcome{},
		dead: map[At][]DeadLetter{}, sums: map[string]*Sum{},
	}
	r.in.Functions = slices.SortedFunc(slices.Values(in.Functions), func(a, b Function) int { return cmp.Compare(a.Name, b.Name) })
	for _, f := range r.in.Functions {
		r.sums[f.Name] = &Sum{Function: f.Name, Waiting: in.Waiting[f.Name], Crashes: in.Crashes[f.Name]}
	}
	r.Report.Events = len(in.Events)
	for i := range in.Events {
		r.events[in.Events[i].ID] = &in.Events[i]
	}
	for _, o := range in.Outcomes {
		event, message := At{o.Function, o.Event}, At{o.Function, o.Message}
		r.byEvent[event] = append(r.byEvent[event], o)
		r.byMessage[message] = append(r.byMessage[message], o)
	}
	for _, d := range in.DeadLetters {
		at := At{d.Function, d.EventID}
		r.dead[at] = append(r.dead[at], d)
		if s := r.sums[d.Function]; s != nil {
			s.reason(d)
		}
	}
	r.credit()
	return r
}

// emitted checks that what functions say they published was seen on the bus.
func (r *reconciliation) emitted() {
	missing := map[string]bool{}
	for _, p := range r.in.Published {
		if r.events[p.Event] == nil && !missing[p.Event] {
			missing[p.Event] = true
			r.lost(p.Function, p.Event, 1, "%s: %s %s was published but never seen on the bus", p.Function, p.Type, p.Event)
		}
	}
}

// topics checks that the topics fed by the bus got every event of their types.
func (r *reconciliation) topics() {
	for _, topic := range slices.SortedFunc(slices.Values(r.in.Topics), func(a, b Topic) int { return cmp.Compare(a.Name, b.Name) }) {
		for _, e := range r.in.Events {
			if got := topic.Arrived[e.ID]; slices.Contains(topic.Types, e.Type) && got < e.Times {
				r.lost("", e.ID, e.Times-got, "topic %s: %s %s arrived %d of %d times", topic.Name, e.Type, e.ID, got, e.Times)
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
