package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"signalbox/infra/local"
	"signalbox/shared/reconcile"
)

// Result is what the demo found.
type Result struct {
	// OK says that all is accounted for and every request was answered as it must be.
	OK bool `json:"ok"`
	// Verdict is that in one line, Problems what is wrong, a sentence each.
	Verdict  string   `json:"verdict"`
	Problems []string `json:"problems"`
	reconcile.Report
	Stories []Story `json:"stories"`
	// Calls are the requests that were sent to functions with an address.
	Calls       []Call                 `json:"calls,omitzero"`
	DeadLetters []reconcile.DeadLetter `json:"deadLetters"`
	Effects     []reconcile.Effect     `json:"effects"`
	Threads     []Thread               `json:"threads"`
	Platform    Platform               `json:"platform,omitzero"`
	// Broken says what was broken on purpose.
	Broken  []local.Breakage `json:"broken,omitzero"`
	Seconds float64          `json:"seconds"`

	events map[string]reconcile.Event
	topics map[string][]string
	// arrived counts the events behind each topic, by topic and event.
	arrived map[string]map[string]int
}

// close reads what can be read only now and reconciles what was seen.
func (p *play) close(ctx context.Context, waiting map[string]int) (*Result, error) {
	in, err := p.system.Seen(ctx, waiting)
	if err != nil {
		return nil, err
	}
	sent := p.sent()
	for _, c := range p.calls {
		sent[c.Function]++
	}
	for _, function := range slices.Sorted(maps.Keys(sent)) {
		in.Sent = append(in.Sent, reconcile.Sent{Function: function, Times: sent[function]})
	}
	r := &Result{
		Report: reconcile.Reconcile(in), Platform: p.platform, DeadLetters: in.DeadLetters, Effects: in.Effects, Broken: p.options.Break,
		Seconds: p.options.Progress.Elapsed().Seconds(),
		events:  map[string]reconcile.Event{}, topics: map[string][]string{}, arrived: map[string]map[string]int{},
	}
	r.conclude(slices.Concat(p.misanswered(), p.troubles(), p.judge(), p.judgeTimers()))
	for _, t := range in.Topics {
		r.topics[t.Name], r.arrived[t.Name] = t.Types, t.Arrived
	}
	for _, e := range in.Events {
		r.events[e.ID] = e
	}
	p.addStories(r)
	r.Threads = r.threads(in.Events)
	return r, nil
}

// conclude takes further problems into the verdict.
func (r *Result) conclude(further []string) {
	r.Verdict, r.Problems = r.Report.String(), append(r.Report.Problems(), further...)
	r.OK = len(r.Problems) == 0
	if n := len(further); n > 0 {
		r.Verdict += fmt.Sprintf("; further problems: %d", n)
	}
}

// troubles are what must not have happened on the way.
func (p *play) troubles() []string {
	var all []string
	for {
		select {
		case err := <-p.system.Trouble:
			all = append(all, err.Error())
		default:
			return all
		}
	}
}
