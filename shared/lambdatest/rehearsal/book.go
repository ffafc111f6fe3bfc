package rehearsal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
)

// Outcome is what became of one item at one function.
type Outcome struct {
	// Sent is how many different events of the item entered the function's queue.
	Sent int
	// Acknowledged is how many of them the function said were done, and Dead how
	// many are in its dead-letter queue.
	Acknowledged, Dead int
	// Effects is what was done to the function's system for the item, counted at
	// the system.
	Effects int
	// Emitted is how many different events the function put on the bus for it.
	Emitted int
}

// Book keeps account of one performance. What functions say they did is not
// believed: events are counted on the bus and in the queues, effects at the systems.
type Book struct {
	Counts *Counts

	stage *Stage
	items []Item

	mu sync.Mutex
	// acknowledged holds the identities of messages per function.
	acknowledged map[string]map[string]bool

	// owners finds an item by anything that is its own.
	owners   map[string]int
	outcomes []map[string]*Outcome
	// Reasons counts the dead letters of a function by reason.
	Reasons map[string]map[string]int
	// Strays are effects, events and dead letters that belong to no item.
	Strays []string
	// Republished counts events that were put on the bus again.
	Republished int
}

func newBook(s *Stage, items []Item) *Book {
	b := &Book{
		stage: s, items: items, acknowledged: map[string]map[string]bool{}, owners: map[string]int{},
		Reasons: map[string]map[string]int{},
	}
	for i, item := range items {
		b.owners[string(item.Body)] = i
		for _, mark := range item.Marks {
			b.owners[mark] = i
		}
		outcomes := map[string]*Outcome{}
		for _, f := range s.Functions {
			outcomes[f.Name] = &Outcome{}
		}
		b.outcomes = append(b.outcomes, outcomes)
	}
	for _, f := range s.Functions {
		b.acknowledged[f.Name] = map[string]bool{}
		b.Reasons[f.Name] = map[string]int{}
	}
	return b
}

func (b *Book) acknowledge(f catalog.Function, body string) {
	id := identity([]byte(body))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acknowledged[f.Name][id] = true
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

// close counts what the bus, the queues and the systems hold.
func (b *Book) close() {
	sent := map[string]map[string]int{} // by function and identity: the item
	for _, f := range b.stage.Functions {
		sent[f.Name] = map[string]int{}
	}
	for i, item := range b.items {
		if item.Into != "" {
			for _, f := range b.stage.Functions {
				if Queue(f) == item.Into {
					sent[f.Name][identity(item.Body)] = i
				}
			}
		}
	}
	b.closeBus(sent)
	for _, f := range b.stage.Functions {
		for id, i := range sent[f.Name] {
			b.outcomes[i][f.Name].Sent++
			if b.acknowledged[f.Name][id] {
				b.outcomes[i][f.Name].Acknowledged++
			}
		}
		b.closeDeadLetters(f)
	}
	b.closeSystems()
}

func (b *Book) closeBus(sent map[string]map[string]int) {
	seen := map[string]bool{}
	for _, p := range b.stage.AWS.Published(Bus) {
		var detail struct {
			ID     string `json:"id"`
			Source string `json:"source"`
		}
		_ = json.Unmarshal(p.Detail, &detail)
		owner, ok := b.owner(p.Detail)
		if !ok {
			b.Strays = append(b.Strays, "event "+p.DetailType+" "+detail.ID)
			continue
		}
		b.owners[detail.ID] = owner
		id := identity([]byte(p.Wrapped()))
		if seen[id] {
			b.Republished++
			continue
		}
		seen[id] = true
		for _, f := range b.stage.Functions {
			if f.Takes(event.Type(p.DetailType)) {
				sent[f.Name][id] = owner
			}
			if emitted(f, detail.Source) && slices.Contains(f.Emits, event.Type(p.DetailType)) {
				b.outcomes[owner][f.Name].Emitted++
			}
		}
	}
}

// emitted reports whether an event of that source came from f: a function's own
// events name it, what an ingress lets in names the system it came from.
func emitted(f catalog.Function, source string) bool {
	if f.Source() != "" {
		return len(source) > len(f.Source()) && source[:len(f.Source())+2] == "/"+f.Source()+"/"
	}
	return source == "/signalbox/"+f.Name
}

func (b *Book) closeDeadLetters(f catalog.Function) {
	dead := map[string]bool{}
	for _, m := range b.stage.AWS.Messages(DeadLetter(f)) {
		owner, ok := b.owner([]byte(m.Body))
		if !ok {
			b.Strays = append(b.Strays, "dead letter of "+f.Name)
			continue
		}
		if id := identity([]byte(m.Body)); !dead[id] {
			dead[id] = true
			b.outcomes[owner][f.Name].Dead++
			reason := m.Attributes["reason"]
			if reason == "" {
				reason = "received too often"
			}
			b.Reasons[f.Name][reason]++
		}
	}
}

func (b *Book) closeSystems() {
	for _, system := range sortedNames(b.stage.Doubles) {
		for _, effect := range b.stage.Doubles[system].Double.Effects() {
			owner, ok := b.ownerOf(effect.Reference)
			if !ok {
				b.Strays = append(b.Strays, "effect in "+system+": "+effect.What)
				continue
			}
			for _, f := range b.stage.Functions {
				if f.System == system {
					b.outcomes[owner][f.Name].Effects++
				}
			}
		}
	}
}

// owner finds the item a document is about: it is the item's body, or one of its
// strings is a mark.
func (b *Book) owner(document []byte) (int, bool) {
	if i, ok := b.owners[string(document)]; ok {
		return i, true
	}
	d := jsontext.NewDecoder(bytes.NewReader(document))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return 0, false
		}
		if t.Kind() == '"' {
			if i, ok := b.owners[t.String()]; ok {
				return i, true
			}
		}
	}
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// ownerOf finds the item of a reference that is a mark or holds an id.
func (b *Book) ownerOf(reference string) (int, bool) {
	if i, ok := b.owners[reference]; ok {
		return i, true
	}
	for _, id := range uuids.FindAllString(reference, -1) {
		if i, ok := b.owners[id]; ok {
			return i, true
		}
	}
	return 0, false
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
