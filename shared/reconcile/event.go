package reconcile

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// Event is one event that was seen on the bus.
type Event struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	Subject     string `json:"subject,omitzero"`
	Correlation string `json:"correlationid,omitzero"`
	Causation   string `json:"causationid,omitzero"`
	// Source is who published it; a function's ends with "/" and its name.
	Source string `json:"source,omitzero"`
	// Label is what people call its subject, where its data says so.
	Label string `json:"label,omitzero"`
	// Times is how often it was published.
	Times int `json:"times"`
	// Timer is the function whose timer it is, which was never on the bus; else empty.
	Timer string `json:"timer,omitzero"`
	// Story is the story it belongs to, where stories are known.
	Story string `json:"-"`

	// texts are all strings in the event: what a system may know it by.
	texts map[string]bool
}

// ParseEvent reads an event as it is on the bus.
func ParseEvent(detail []byte) (Event, error) {
	var e Event
	if err := json.Unmarshal(detail, &e); err != nil {
		return Event{}, err
	}
	var whole map[string]any
	if err := json.Unmarshal(detail, &whole); err != nil {
		return Event{}, err
	}
	e.Times, e.Label = 1, label(whole["data"])
	e.texts = map[string]bool{}
	collect(whole, e.texts)
	return e, nil
}

// Mentions reports whether text is a value of the event.
func (e Event) Mentions(text string) bool { return text == e.ID || e.texts[text] }

// label finds the number or name an object of the data carries beside its id.
func label(data any) string {
	members, ok := data.(map[string]any)
	if !ok {
		return ""
	}
	for _, name := range []string{"number", "orderNumber", "name"} {
		if text, ok := members[name].(string); ok {
			return text
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if text := label(members[name]); text != "" {
			return text
		}
	}
	return ""
}

func collect(v any, into map[string]bool) {
	switch v := v.(type) {
	case string:
		into[v] = true
	case []any:
		for _, item := range v {
			collect(item, into)
		}
	case map[string]any:
		for _, item := range v {
			collect(item, into)
		}
	}
}

// emitted reports whether the function published the event: a function's own
// events name it, what an ingress lets in names the source it came from.
func (f Function) emitted(e *Event) bool {
	if f.Source != "" {
		return strings.HasPrefix(e.Source, "/"+f.Source+"/") && slices.Contains(f.Emits, e.Type)
	}
	return strings.HasSuffix(e.Source, "/"+f.Name) && slices.Contains(f.Emits, e.Type)
}
