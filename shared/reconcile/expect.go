package reconcile

// Story is one thing that happened outside, with everything that follows from it.
type Story struct {
	ID string
	// Kind says what stories are alike: they have the same consequences.
	Kind string
}

// Counts is what one story means to one function.
type Counts struct {
	// Received and Emitted count events by type; a message from outside has the type "".
	Received, Emitted map[string]int
	// Effects counts what the function did to its system, Dead its dead letters.
	Effects, Dead int
	// PerEvent says that each effect is known by the id of the event it is of.
	PerEvent bool
}

// Expectation is what follows from one story of each kind, by kind and function.
type Expectation map[string]map[string]Counts

// Learn reads the expectation from an undisturbed run with one story of each kind.
func Learn(in Input) Expectation {
	r := newReconciliation(in)
	learned := Expectation{}
	counts := r.count()
	for _, s := range in.Stories {
		learned[s.Kind] = map[string]Counts{}
		for _, f := range r.in.Functions {
			learned[s.Kind][f.Name] = *counts.of(s.ID, f.Name)
		}
	}
	return learned
}

// tally counts by story and function.
type tally map[At]*Counts

func (t tally) of(story, function string) *Counts {
	at := At{Function: function, Event: story}
	if t[at] == nil {
		t[at] = &Counts{Received: map[string]int{}, Emitted: map[string]int{}, PerEvent: true}
	}
	return t[at]
}

func (r *reconciliation) count() tally {
	t := tally{}
	for i := range r.in.Events {
		e := &r.in.Events[i]
		for _, f := range r.in.Functions {
			if f.receives(e) {
				t.of(e.Story, f.Name).Received[e.Type]++
			}
			if f.emitted(e) {
				t.of(e.Story, f.Name).Emitted[e.Type]++
			}
		}
	}
	for _, s := range r.in.Sent {
		t.of(s.Story, s.Function).Received[""]++
	}
	for at, dead := range r.dead {
		t.of(dead[0].Story, at.Function).Dead++
	}
	for _, all := range r.effects {
		for _, e := range all {
			c := t.of(e.Story, e.Caller)
			c.Effects++
			c.PerEvent = c.PerEvent && r.events[e.Reference] != nil
		}
	}
	return t
}

// compare compares every story with what is expected of its kind.
func (r *reconciliation) compare() {
	counts := r.count()
	for _, s := range r.in.Stories {
		want, ok := r.in.Expected[s.Kind]
		if !ok {
			r.unexplained("", "", "nothing is expected of a story of the kind %s", s.Kind)
			continue
		}
		downstream := r.downstream(s, counts, want)
		for _, f := range r.in.Functions {
			c := comparison{r: r, story: s, function: f.Name, got: counts.of(s.ID, f.Name), want: want[f.Name]}
			c.compare(downstream)
		}
	}
	r.strays()
}

// downstream returns the types of events that may be missing because a function
// dead-lettered an event of the story that it should not have: those it would have
// emitted, and those that would have followed from them.
func (r *reconciliation) downstream(s Story, counts tally, want map[string]Counts) map[string]bool {
	types := map[string]bool{}
	var follow func(f Function)
	follow = func(f Function) {
		for _, t := range f.Emits {
			if types[t] {
				continue
			}
			types[t] = true
			for _, next := range r.in.Functions {
				if next.takes(t) {
					follow(next)
				}
			}
		}
	}
	for _, f := range r.in.Functions {
		if counts.of(s.ID, f.Name).Dead > want[f.Name].Dead {
			follow(f)
		}
	}
	return types
}

// comparison is one story at one function.
type comparison struct {
	r        *reconciliation
	story    Story
	function string
	got      *Counts
	want     Counts
}

func (c comparison) compare(downstream map[string]bool) {
	// What is missing of an event that did not come is reported where it was lost.
	excused, missing := max(0, c.got.Dead-c.want.Dead), 0
	for _, t := range sortedKeys(c.want.Received) {
		n := c.want.Received[t] - c.got.Received[t]
		if n > 0 && downstream[t] {
			missing += n
		} else if n > 0 {
			c.lost(n, "%d of %d events of type %s never came", n, c.want.Received[t], t)
		}
	}
	excused += missing
	if n := c.got.Effects - c.want.Effects; n > 0 {
		c.duplicated(n, "%d effects instead of %d", c.got.Effects, c.want.Effects)
	} else if n += excused; n < 0 && (excused == 0 || c.want.PerEvent) {
		c.lost(-n, "%d effects instead of %d", c.got.Effects, c.want.Effects)
	}
	types := map[string]bool{}
	for _, m := range []map[string]int{c.got.Emitted, c.want.Emitted} {
		for t := range m {
			types[t] = true
		}
	}
	for _, t := range sortedKeys(types) {
		got, want := c.got.Emitted[t], c.want.Emitted[t]
		if got > want {
			c.duplicated(got-want, "%d events of type %s emitted instead of %d", got, t, want)
		} else if got < want && excused == 0 {
			c.lost(want-got, "%d events of type %s emitted instead of %d", got, t, want)
		}
	}
	if n := c.want.Dead - c.got.Dead; n > missing {
		c.lost(n-missing, "%d dead letters instead of %d", c.got.Dead, c.want.Dead)
	}
}

func (c comparison) lost(n int, format string, args ...any) {
	c.r.lost(c.function, "", n, "%s, story %s (%s): "+format, append([]any{c.function, c.story.ID, c.story.Kind}, args...)...)
}

func (c comparison) duplicated(n int, format string, args ...any) {
	c.r.duplicated(c.function, "", n, "%s, story %s (%s): "+format, append([]any{c.function, c.story.ID, c.story.Kind}, args...)...)
}

// strays finds what belongs to no story.
func (r *reconciliation) strays() {
	stories := map[string]bool{}
	for _, s := range r.in.Stories {
		stories[s.ID] = true
	}
	for _, e := range r.in.Events {
		if !stories[e.Story] {
			r.unexplained("", e.ID, "belongs to no story: event %s %s", e.Type, e.ID)
		}
	}
	for _, d := range r.in.DeadLetters {
		if !stories[d.Story] {
			r.unexplained(d.Function, d.EventID, "belongs to no story: dead letter %s of %s", d.EventID, d.Function)
		}
	}
	for _, e := range r.in.Effects {
		if !stories[e.Story] {
			r.unexplained(e.Caller, "", "belongs to no story: effect in %s: %s for %s", e.System, e.What, e.Reference)
		}
	}
}
