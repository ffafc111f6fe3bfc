package reconcile

import "cmp"

// Sum is one function's row.
type Sum struct {
	Function string `json:"function"`
	// Events counts the different events that were for the function.
	Events int `json:"events"`
	// Accepted counts the deliveries, repetitions included. The rest adds up to it.
	Accepted   int `json:"accepted"`
	Applied    int `json:"applied"`
	Duplicates int `json:"duplicates"`
	Ignored    int `json:"ignored"`
	Stale      int `json:"stale"`
	// Done counts those of which was not said what was made of them.
	Done         int `json:"done,omitzero"`
	DeadLettered int `json:"deadLettered"`
	// Refused counts requests that were turned away, which their sender knows.
	Refused int `json:"refused"`
	Waiting int `json:"waiting"`
	// Retries and Crashes happened on the way and are no results.
	Retries int `json:"retries"`
	Crashes int `json:"crashes"`
	// Effects counts what the function did to its system, as its double says.
	Effects int `json:"effects"`
	// Lost and Duplicated sum up what was found of the function.
	Lost       int `json:"lost,omitzero"`
	Duplicated int `json:"duplicated,omitzero"`
	// Reasons counts the dead letters by reason.
	Reasons map[string]int `json:"reasons,omitzero"`

	missing int
}

func (s *Sum) reason(d DeadLetter) {
	if s.Reasons == nil {
		s.Reasons = map[string]int{}
	}
	s.Reasons[cmp.Or(d.Reason, "none")]++
}

// sum adds up one function's deliveries and what became of them.
func (r *reconciliation) sum(f Function) {
	s := r.sums[f.Name]
	r.results(s)
	stuck := 0
	for _, e := range r.Entries {
		if e.Function == f.Name && e.Verdict == Stuck {
			stuck++
		}
	}
	if missing := s.missing - max(0, s.Waiting-stuck); missing > 0 {
		r.lost(f.Name, "", missing, "%s: %s of an event that is accounted for lost", f.Name, plural(missing, "repetition"))
	}
	if s.Waiting > 0 && stuck == 0 {
		r.stuck(f.Name, "", s.Waiting, "%s: %s of an event that is accounted for still in the queue", f.Name, plural(s.Waiting, "repetition"))
	}
}

// results counts each message once, by the last thing the function said of it.
func (r *reconciliation) results(s *Sum) {
	for at, outcomes := range r.byMessage {
		if at.Function != s.Function {
			continue
		}
		last := outcomes[len(outcomes)-1].Kind
		for _, o := range outcomes {
			if o.Kind == KindRetry {
				s.Retries++
			}
			if o.Kind == KindApplied {
				last = KindApplied
			}
		}
		switch last {
		case KindApplied:
			s.Applied++
		case KindDuplicate:
			s.Duplicates++
		case KindStale:
			s.Stale++
		case KindRefused:
			s.Refused++
		// A request that was answered without its check was answered.
		case KindIgnored, KindFallback:
			s.Ignored++
		case KindDone:
			s.Done++
		}
	}
	for at, dead := range r.dead {
		switch {
		case at.Function != s.Function:
		case at.Event == "":
			s.DeadLettered += len(dead)
		default:
			// A second one of the same is a repetition.
			s.DeadLettered++
		}
	}
}

// ingress judges what came in: every message that was sent became events, or was
// ignored or dead-lettered.
func (r *reconciliation) ingress(f Function) {
	s := r.sums[f.Name]
	named := 0
	for _, sent := range r.in.Sent {
		if sent.Function != f.Name {
			continue
		}
		times := max(1, sent.Times)
		s.Accepted += times
		s.Events += times
		if sent.ID != "" {
			named += times
			r.message(f, sent)
		}
	}
	r.results(s)
	for _, d := range r.dead[At{f.Name, ""}] {
		if d.Reason == "" {
			r.unexplained(f.Name, "", "%s: a message is dead-lettered without a reason", f.Name)
		}
	}
	if named > 0 {
		return
	}
	done := s.Applied + s.Duplicates + s.Ignored + s.Stale + s.Done + s.DeadLettered + s.Refused
	switch missing := s.Accepted - done; {
	case missing > 0 && s.Waiting > 0:
		r.stuck(f.Name, "", missing, "%s: %s of %d stuck", f.Name, plural(missing, "message"), s.Accepted)
	case missing > 0:
		r.lost(f.Name, "", missing, "%s: %s of %d lost", f.Name, plural(missing, "message"), s.Accepted)
	case s.Waiting > 0:
		r.stuck(f.Name, "", s.Waiting, "%s: %s still in the queue", f.Name, plural(s.Waiting, "message"))
	}
}

// message judges one message of an ingress that has an id.
func (r *reconciliation) message(f Function, sent Sent) {
	at := At{f.Name, sent.ID}
	entry, count := r.described(f, at)
	what := f.Name + ": message " + sent.ID
	entry.Verdict = r.verdict(&entry, count, what)
	r.Entries = append(r.Entries, entry)
	r.repetitions(at, entry.Verdict, max(1, sent.Times), what)
}
