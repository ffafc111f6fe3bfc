package demo

import (
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/reconcile"
)

// Story is one notification and everything that followed from it.
type Story struct {
	Sample string `json:"sample"`
	// Ways are how it was delivered, once per delivery.
	Ways   []string `json:"ways"`
	Format string   `json:"format"`
	// Outcomes are what the ingress made of each delivery.
	Outcomes []string `json:"outcomes"`
	Reason   string   `json:"reason,omitzero"`
	MS       float64  `json:"ms"`
	// Events are what it became; none if it was ignored or dead-lettered.
	Events []Node `json:"events,omitzero"`
}

// Node is an event and what was done about it.
type Node struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Subject string `json:"subject,omitzero"`
	// Label is what people call the subject.
	Label string `json:"label,omitzero"`
	// Times is how often it was published.
	Times     int        `json:"times"`
	Reactions []Reaction `json:"reactions"`
}

// Reaction is what one function, or one topic, did about an event.
type Reaction struct {
	reconcile.Entry
	Topic   string `json:"topic,omitzero"`
	Emitted []Node `json:"emitted,omitzero"`
}

// delivered is the verdict of an event that arrived behind a topic.
const delivered reconcile.Verdict = "delivered"

// addStories puts the stories together.
func (p *play) addStories(r *Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.addCalls(r)
	shown := map[string]int{}
	lines := p.system.Recorder.Lines()
	for _, d := range p.deliveries {
		at, again := shown[d.sample.Name]
		if !again {
			at = len(r.Stories)
			shown[d.sample.Name] = at
			r.Stories = append(r.Stories, Story{Sample: d.sample.Name, Format: format(d.sample.Body)})
		}
		s := &r.Stories[at]
		s.Ways = append(s.Ways, string(d.way))
		outcome := "not received"
		if d.messageID != "" {
			outcome = "no outcome"
		}
		for _, l := range lines {
			if l.Function != d.function || !l.IsOutcome() || l.MessageID != d.messageID || d.messageID == "" {
				continue
			}
			outcome, s.Reason = string(l.Outcome), l.Reason
			s.MS = max(s.MS, l.MS)
		}
		s.Outcomes = append(s.Outcomes, outcome)
		if outcome == "applied" && s.Events == nil {
			for _, e := range r.entered(d.sample.Body) {
				s.Events = append(s.Events, r.node(e, 0))
			}
		}
	}
}

// entered finds the events a notification became: those without a cause whose
// subject is what the notification is about and whose time is the notification's.
func (r *Result) entered(notification []byte) []reconcile.Event {
	type about struct {
		CreatedAt  time.Time `json:"createdAt"`
		ModifiedAt time.Time `json:"modifiedAt"`
		Resource   struct {
			ID string `json:"id"`
		} `json:"resource"`
	}
	var n struct {
		about
		Data about `json:"data"`
	}
	if json.Unmarshal(notification, &n) != nil {
		return nil
	}
	a := n.about
	if a.Resource.ID == "" {
		a = n.Data
	}
	at := a.CreatedAt
	if at.IsZero() {
		at = a.ModifiedAt // A change, not a message.
	}
	var entered []reconcile.Event
	for _, e := range r.events {
		if e.Causation == "" && e.Subject != "" && e.Subject == a.Resource.ID && e.Mentions(at.Format(time.RFC3339Nano)) {
			entered = append(entered, e)
		}
	}
	slices.SortFunc(entered, func(a, b reconcile.Event) int { return strings.Compare(a.Type+a.ID, b.Type+b.ID) })
	return entered
}

func format(body []byte) string {
	var members map[string]any
	if json.Unmarshal(body, &members) != nil {
		return "not JSON"
	}
	if _, ok := members["specversion"]; ok {
		return "CloudEvents"
	}
	return "Platform"
}

func (r *Result) node(e reconcile.Event, depth int) Node {
	n := Node{ID: e.ID, Type: e.Type, Subject: e.Subject, Label: e.Label, Times: e.Times}
	if depth > 16 {
		return n
	}
	for _, entry := range r.Entries {
		if entry.Event != e.ID {
			continue
		}
		reaction := Reaction{Entry: entry}
		for _, next := range r.events {
			if next.Causation == e.ID && strings.HasSuffix(next.Source, "/"+entry.Function) {
				reaction.Emitted = append(reaction.Emitted, r.node(next, depth+1))
			}
		}
		slices.SortFunc(reaction.Emitted, func(a, b Node) int { return strings.Compare(a.Type+a.ID, b.Type+b.ID) })
		n.Reactions = append(n.Reactions, reaction)
	}
	for topic, types := range r.topics {
		if slices.Contains(types, e.Type) {
			verdict := reconcile.Lost
			if r.arrived[topic][e.ID] > 0 {
				verdict = delivered
			}
			n.Reactions = append(n.Reactions, Reaction{Topic: topic, Entry: reconcile.Entry{Event: e.ID, Verdict: verdict}})
		}
	}
	return n
}
