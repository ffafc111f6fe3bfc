package rehearsal

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Expectation is what becomes of one item of each template when nothing goes
// wrong, by template and function.
type Expectation map[string]map[string]Outcome

// Expect reads the expectation from the book of an undisturbed performance of
// one item per template.
func (b *Book) Expect() Expectation {
	e := Expectation{}
	for i, item := range b.items {
		e[item.Template] = map[string]Outcome{}
		for name, o := range b.outcomes[i] {
			e[item.Template][name] = *o
		}
	}
	return e
}

// Line is the account of one function.
type Line struct {
	Function string
	// Sent counts different events; each is Acknowledged, Dead or lost.
	Sent, Acknowledged, Applied, Dead int
	// Effects counts what was done to systems and put on the bus, each once.
	Effects int
	// Repeated counts effects beyond what one event makes, Lost events that are
	// nowhere, and effects that are missing of events said to be done.
	Repeated, Lost int
	Reasons        map[string]int
}

// Verdict is the account of a performance against an expectation.
type Verdict struct {
	Lines []Line
	// Problems says what is wrong, one sentence each; none means that it passes.
	Problems []string
}

// Judge settles the account.
func (b *Book) Judge(want Expectation) Verdict {
	var v Verdict
	lines := map[string]*Line{}
	for _, f := range b.stage.Functions {
		v.Lines = append(v.Lines, Line{Function: f.Name, Reasons: b.Reasons[f.Name]})
	}
	for i := range v.Lines {
		lines[v.Lines[i].Function] = &v.Lines[i]
	}
	for i, item := range b.items {
		expected, ok := want[item.Template]
		if !ok {
			v.Problems = append(v.Problems, "nothing is expected of template "+item.Template)
			continue
		}
		// What follows from an event that was dead-lettered does not happen.
		excused := false
		for _, name := range sortedNames(expected) {
			excused = excused || b.outcomes[i][name].Dead > expected[name].Dead
		}
		for _, name := range sortedNames(expected) {
			v.Problems = append(v.Problems, lines[name].add(*b.outcomes[i][name], expected[name], excused, fmt.Sprintf("%s item %d", item.Template, i))...)
		}
	}
	for _, stray := range b.Strays {
		v.Problems = append(v.Problems, "belongs to no item: "+stray)
	}
	return v
}

// add adds one item's outcome at the function and returns what is wrong with it.
func (l *Line) add(got, want Outcome, excused bool, item string) (problems []string) {
	l.Sent += got.Sent
	l.Acknowledged += got.Acknowledged
	l.Dead += got.Dead
	l.Applied += max(0, got.Acknowledged-got.Dead)
	l.Effects += min(got.Effects, want.Effects) + min(got.Emitted, want.Emitted)
	problem := func(n int, counter *int, format string, a ...any) {
		if n > 0 {
			*counter += n
			problems = append(problems, fmt.Sprintf("%s, %s: %s", l.Function, item, fmt.Sprintf(format, a...)))
		}
	}
	problem(got.Effects-want.Effects, &l.Repeated, "%d effects instead of %d", got.Effects, want.Effects)
	problem(got.Emitted-want.Emitted, &l.Repeated, "%d events emitted instead of %d", got.Emitted, want.Emitted)
	problem(got.Sent-got.Acknowledged-got.deadUnacknowledged(), &l.Lost, "%d of %d events are nowhere", got.Sent-got.Acknowledged-got.deadUnacknowledged(), got.Sent)
	if excused {
		return problems
	}
	problem(want.Sent-got.Sent, &l.Lost, "%d of %d events never came", want.Sent-got.Sent, want.Sent)
	problem(want.Effects-got.Effects, &l.Lost, "%d effects instead of %d", got.Effects, want.Effects)
	problem(want.Emitted-got.Emitted, &l.Lost, "%d events emitted instead of %d", got.Emitted, want.Emitted)
	problem(want.Dead-got.Dead, &l.Lost, "%d dead letters instead of %d", got.Dead, want.Dead)
	return problems
}

// deadUnacknowledged counts dead letters the queue made, not the function.
func (o Outcome) deadUnacknowledged() int { return min(o.Dead, o.Sent-o.Acknowledged) }

// Table renders the account.
func (v Verdict) Table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-28s %7s %7s %7s %7s %8s %9s %6s\n", "function", "sent", "deleted", "applied", "dead", "effects", "repeated", "lost")
	for _, l := range v.Lines {
		fmt.Fprintf(&b, "%-28s %7d %7d %7d %7d %8d %9d %6d", l.Function, l.Sent, l.Acknowledged, l.Applied, l.Dead, l.Effects, l.Repeated, l.Lost)
		for _, reason := range slices.Sorted(maps.Keys(l.Reasons)) {
			fmt.Fprintf(&b, "  %s: %d", reason, l.Reasons[reason])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// String renders the counts in one line.
func (c *Counts) String() string {
	return fmt.Sprintf("%d invokes (%d failed whole), %d kills, %d freezes, %d timeouts, %d cold starts, %d duplicates, %d vendor faults, %d AWS faults",
		c.Invokes.Load(), c.Failed.Load(), c.Kills.Load(), c.Freezes.Load(), c.Timeouts.Load(), c.Starts.Load(),
		c.Duplicates.Load(), c.VendorFaults.Load(), c.AWSFaults.Load())
}
