package rehearsal

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/reconcile"
)

// Learn reads what follows from an item of each template from an undisturbed run of
// one item per template.
func (r *Run) Learn() reconcile.Expectation { return reconcile.Learn(r.input()) }

// Reconcile compares what was seen with what is expected of each template.
func (r *Run) Reconcile(expected reconcile.Expectation) reconcile.Report {
	in := r.input()
	in.Expected = expected
	return reconcile.Reconcile(in)
}

// Republished counts the events that were put on the bus again.
func (r *Run) Republished() int {
	n := 0
	for _, e := range r.input().Events {
		n += e.Times - 1
	}
	return n
}

// input is what was seen. What functions say they did is not believed: events are
// counted on the bus and in the queues, effects at the systems.
func (r *Run) input() reconcile.Input {
	r.mu.Lock()
	defer r.mu.Unlock()
	owners := r.owners()
	in := reconcile.Input{
		Functions: reconcile.FromCatalog(r.stage.Functions), Outcomes: r.outcomes, Deliveries: r.deliveries, Waiting: map[string]int{},
	}
	for i, item := range r.items {
		in.Stories = append(in.Stories, reconcile.Story{ID: strconv.Itoa(i), Kind: item.Template})
		if item.Into != "" {
			in.Sent = append(in.Sent, reconcile.Sent{Function: item.Into, ID: identity(item.Body), Story: strconv.Itoa(i)})
		}
	}
	in.Events = r.events(owners)
	for _, f := range r.stage.Functions {
		in.Waiting[f.Name] = r.stage.AWS.Depth(Queue(f))
		for _, m := range r.stage.AWS.Messages(DeadLetter(f)) {
			in.DeadLetters = append(in.DeadLetters, reconcile.DeadLetter{
				Function: f.Name, EventID: identity([]byte(m.Body)), EventType: m.Attributes["event-type"], Fault: m.Attributes["fault"],
				Reason: cmp.Or(m.Attributes["reason"], "received too often"), ByQueue: m.DeadLetteredFrom != "",
				Story: owners.ofDocument([]byte(m.Body)),
			})
		}
	}
	for _, system := range slices.Sorted(maps.Keys(r.stage.Doubles)) {
		for _, e := range r.stage.Doubles[system].Double.Effects() {
			in.Effects = append(in.Effects, reconcile.Effect{
				System: system, Caller: e.Caller, Reference: e.Reference, What: e.What, At: e.At, Story: owners.ofReference(e.Reference),
			})
		}
	}
	return in
}

// events are those on the bus, each once, and their ids become their owners'.
func (r *Run) events(owners owners) []reconcile.Event {
	var events []reconcile.Event
	seen := map[string]int{}
	for _, p := range r.stage.AWS.Published(Bus) {
		var e reconcile.Event
		_ = json.Unmarshal(p.Detail, &e)
		e.ID, e.Type, e.Times = identity([]byte(p.Wrapped())), p.DetailType, 1
		if i, again := seen[e.ID]; again {
			events[i].Times++
			continue
		}
		if e.Story = owners.ofDocument(p.Detail); e.Story != "" {
			owners[e.ID] = e.Story
		}
		seen[e.ID] = len(events)
		events = append(events, e)
	}
	return events
}

// identity is the id of the event in a message, or a hash of a body that holds none.
func identity(body []byte) string {
	var wrapper struct {
		Detail struct {
			ID string `json:"id"`
		} `json:"detail"`
	}
	if json.Unmarshal(body, &wrapper) == nil && wrapper.Detail.ID != "" {
		return wrapper.Detail.ID
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// owners finds the story of an item by anything that is the item's own.
type owners map[string]string

func (r *Run) owners() owners {
	o := owners{}
	for i, item := range r.items {
		o[string(item.Body)] = strconv.Itoa(i)
		for _, mark := range item.Marks {
			o[mark] = strconv.Itoa(i)
		}
	}
	return o
}

// ofDocument finds the story a document is about: it is an item's body, or one of
// its strings is a mark.
func (o owners) ofDocument(document []byte) string {
	if story, ok := o[string(document)]; ok {
		return story
	}
	d := jsontext.NewDecoder(bytes.NewReader(document))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return ""
		}
		if t.Kind() == '"' {
			if story, ok := o[t.String()]; ok {
				return story
			}
		}
	}
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// ofReference finds the story of a reference that is a mark or holds an id.
func (o owners) ofReference(reference string) string {
	if story, ok := o[reference]; ok {
		return story
	}
	for _, id := range uuids.FindAllString(reference, -1) {
		if story, ok := o[id]; ok {
			return story
		}
	}
	return ""
}

// Table renders the functions' rows.
func Table(report reconcile.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-28s %7s %9s %7s %7s %10s %7s %10s %6s\n", "function", "events", "delivered", "done", "dead", "repeated", "effects", "duplicated", "lost")
	for _, s := range report.Functions {
		fmt.Fprintf(&b, "%-28s %7d %9d %7d %7d %10d %7d %10d %6d", s.Function, s.Events, s.Accepted, s.Done, s.DeadLettered, s.Duplicates, s.Effects, s.Duplicated, s.Lost)
		for _, reason := range slices.Sorted(maps.Keys(s.Reasons)) {
			fmt.Fprintf(&b, "  %s: %d", reason, s.Reasons[reason])
		}
		b.WriteByte('\n')
	}
	return b.String()
}
