package demo

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"signalbox/infra/local/terminal"
	"signalbox/shared/catalog"
	"signalbox/shared/reconcile"
)

// Print shows the result to a person.
func (r *Result) Print(t terminal.Terminal) {
	pr := printer{Terminal: t, w: t.Out}
	for _, s := range r.Stories {
		if len(s.Events) > 0 {
			pr.story(s)
		}
	}
	pr.others(r.Stories)
	pr.calls(r.Calls)
	pr.strays(r)
	pr.platform(r.Platform)
	pr.threads(r.Threads)
	pr.deadLetters(r.DeadLetters)
	pr.effects(r.Effects)
	pr.sums(r.Functions)
	pr.verdict(r)
}

type printer struct {
	terminal.Terminal
	w io.Writer
}

func (p printer) line(format string, args ...any) {
	fmt.Fprintln(p.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

func (p printer) heading(text string) {
	p.line("\n%s", p.In(terminal.Bold, text))
}

// row is one line of a tree: what it is, then what became of it.
type row struct {
	left, system string
	verdict      reconcile.Verdict
	ms           string
	after        string
	isEvent      bool
}

func (p printer) story(s Story) {
	ways := s.Format + ", by " + s.Ways[0]
	for _, way := range s.Ways[1:] {
		ways += " and again by " + way
	}
	p.line("\n%s  %s", p.In(terminal.Bold, s.Sample), p.In(terminal.Dim, ways))
	var rows []row
	for i, n := range s.Events {
		branch, below := "├─ ", "│  "
		if i == len(s.Events)-1 {
			branch, below = "└─ ", "   "
		}
		rows = append(rows, eventRows(branch, below, n)...)
	}
	left, system := 0, 0
	for _, r := range rows {
		if !r.isEvent {
			left, system = max(left, width(r.left)), max(system, width(r.system))
		}
	}
	for _, r := range rows {
		if r.isEvent {
			p.line("%s  %s", r.left, p.In(terminal.Dim, r.after))
			continue
		}
		p.line("%s  %s  %s %8s  %s", pad(r.left, left), pad(r.system, system), p.verdictCell(r.verdict), r.ms, p.In(terminal.Dim, r.after))
	}
}

func eventRows(first, rest string, n Node) []row {
	about := n.ID
	if n.Label != "" {
		about = n.Label + "  " + about
	}
	if n.Times > 1 {
		about += fmt.Sprintf("  published %d times", n.Times)
	}
	rows := []row{{left: first + n.Type, after: about, isEvent: true}}
	shown := slices.DeleteFunc(slices.Clone(n.Reactions), func(r Reaction) bool {
		// What takes every event would stand in every tree.
		return r.Topic == "" && takesEvery(r.Function) && r.Verdict == reconcile.Applied
	})
	for i, reaction := range shown {
		branch, below := "├─ ", "│  "
		if i == len(shown)-1 {
			branch, below = "└─ ", "   "
		}
		if reaction.Topic != "" {
			rows = append(rows, row{left: rest + branch + "a rule of the bus", system: "SNS", verdict: reaction.Verdict, after: "topic " + topicTitle(reaction.Topic)})
			continue
		}
		rows = append(rows, row{
			left: rest + branch + reaction.Function, system: title(reaction.System), verdict: reaction.Verdict,
			ms: milliseconds(reaction.MS), after: remark(reaction.Entry),
		})
		for j, next := range reaction.Emitted {
			twig, under := "├─ ", "│  "
			if j == len(reaction.Emitted)-1 {
				twig, under = "└─ ", "   "
			}
			rows = append(rows, eventRows(rest+below+twig, rest+below+under, next)...)
		}
	}
	return rows
}

func remark(e reconcile.Entry) string {
	var parts []string
	// What was done for something else by the same name is not what was ignored.
	if len(e.Effects) > 0 && e.Verdict != reconcile.Ignored {
		parts = append(parts, strings.Join(e.Effects, ", "))
	}
	if e.Verdict != reconcile.Applied && e.Reason != "" {
		parts = append(parts, e.Reason)
	}
	if e.Attempts > 1 {
		parts = append(parts, fmt.Sprintf("%d attempts", e.Attempts))
	}
	switch {
	case e.Suppressed == 1:
		parts = append(parts, "1 repetition suppressed")
	case e.Suppressed > 1:
		parts = append(parts, fmt.Sprintf("%d repetitions suppressed", e.Suppressed))
	}
	return strings.Join(parts, " · ")
}

// others lists the notifications that became no event.
func (p printer) others(stories []Story) {
	var rows [][]string
	for _, s := range stories {
		if len(s.Events) == 0 {
			rows = append(rows, []string{s.Sample, s.Format, strings.Join(s.Ways, ", "), strings.Join(s.Outcomes, ", "), s.Reason})
		}
	}
	if len(rows) == 0 {
		return
	}
	p.heading("Became no event")
	p.table(rows, nil)
}

// strays lists what was on the bus without a notification, such as poison.
func (p printer) strays(r *Result) {
	shown := map[string]bool{}
	for _, s := range r.Stories {
		for _, n := range s.Events {
			mark(n, shown)
		}
	}
	for _, c := range r.Calls {
		for _, n := range c.Events {
			mark(n, shown)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.events)) {
		if e := r.events[id]; e.Causation == "" && !shown[id] {
			p.story(Story{Sample: "put on the bus directly", Format: "no notification", Ways: []string{"EventBridge"}, Events: []Node{r.node(e, 0)}})
		}
	}
}

func mark(n Node, shown map[string]bool) {
	shown[n.ID] = true
	for _, reaction := range n.Reactions {
		for _, next := range reaction.Emitted {
			mark(next, shown)
		}
	}
}

func (p printer) deadLetters(letters []reconcile.DeadLetter) {
	p.heading("Dead-letter queues")
	if len(letters) == 0 {
		p.line("  empty")
		return
	}
	rows := [][]string{}
	for _, d := range letters {
		rows = append(rows, []string{d.Function, d.Fault, d.Reason, strings.TrimSpace(d.EventType + " " + d.EventID)})
	}
	p.table(rows, nil)
}

func (p printer) effects(effects []reconcile.Effect) {
	count := map[string]map[string]int{}
	for _, e := range effects {
		kind := e.Name()
		if count[e.System] == nil {
			count[e.System] = map[string]int{}
		}
		count[e.System][kind]++
	}
	p.heading("Counted at the systems")
	if len(count) == 0 {
		p.line("  nothing was done")
		return
	}
	rows := [][]string{}
	for _, system := range slices.Sorted(maps.Keys(count)) {
		var kinds []string
		for _, kind := range slices.Sorted(maps.Keys(count[system])) {
			kinds = append(kinds, fmt.Sprintf("%d × %s", count[system][kind], kind))
		}
		rows = append(rows, []string{title(system), strings.Join(kinds, ", ")})
	}
	p.table(rows, nil)
}

func (p printer) sums(sums []reconcile.Sum) {
	p.heading("Per function")
	rows := [][]string{{"function", "accepted", "=", "applied", "+ duplicate", "+ ignored", "+ stale", "+ dead-lettered", "+ refused", "+ waiting", "", "retries", "crashes"}}
	for _, s := range sums {
		row := []string{s.Function}
		for i, n := range []int{s.Accepted, -1, s.Applied, s.Duplicates, s.Ignored, s.Stale, s.DeadLettered, s.Refused, s.Waiting, -1, s.Retries, s.Crashes} {
			text := "·"
			if n > 0 || i == 0 {
				text = fmt.Sprint(n)
			}
			if n < 0 {
				text = ""
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	p.table(rows, map[int]bool{1: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true, 11: true, 12: true})
}

func (p printer) verdict(r *Result) {
	paint := terminal.Green
	if !r.OK {
		paint = terminal.Red
	}
	p.line("\n%s  %s", p.In(paint, r.Verdict), p.In(terminal.Dim, fmt.Sprintf("%.1f s", r.Seconds)))
	for _, problem := range r.Problems {
		p.line("  %s %s", p.In(terminal.Red, "✗"), problem)
	}
}

// table aligns columns; right holds the columns whose text ends together.
func (p printer) table(rows [][]string, right map[int]bool) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(cell))
		}
	}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			if right[i] {
				cells[i] = strings.Repeat(" ", widths[i]-width(cell)) + cell
			} else {
				cells[i] = pad(cell, widths[i])
			}
		}
		p.line("  %s", strings.Join(cells, "  "))
	}
}

func (p printer) verdictCell(v reconcile.Verdict) string {
	const cell = len(reconcile.DeadLettered)
	text := pad(string(v), cell)
	switch v {
	case reconcile.Applied, delivered:
		return p.In(terminal.Green, text)
	case reconcile.DeadLettered, reconcile.Ignored, reconcile.Stale:
		return p.In(terminal.Yellow, text)
	}
	return p.In(terminal.Red, text)
}

func title(system string) string {
	if s, ok := catalog.SystemByID(system); ok {
		return s.Title
	}
	return "the bus"
}

// topicTitle is the topic's name in the catalog, as far as its deployed name shows it.
func topicTitle(name string) string {
	plain := strings.ToLower(strings.ReplaceAll(name, "-", ""))
	for _, t := range catalog.Topics {
		if strings.Contains(plain, strings.ReplaceAll(t.Name, "-", "")) {
			return t.Name
		}
	}
	return name
}

func milliseconds(ms float64) string { return fmt.Sprintf("%.1f ms", ms) }

func width(s string) int { return utf8.RuneCountInString(s) }

func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-width(s))) }
