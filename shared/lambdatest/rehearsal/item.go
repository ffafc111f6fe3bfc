package rehearsal

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"signalbox/shared/event"
)

// Item is one thing that happens outside and enters Signalbox.
type Item struct {
	// Template names what it was made of; items of one template have one outcome.
	Template string
	// Body is a notification for the queue of Into, or the detail of an event for
	// the bus if Into is empty.
	Body []byte
	Into string
	// Type is the detail type of what goes to the bus.
	Type event.Type
	// Known is set when the doubles must know what an event is about, as they always
	// do of a notification: a shop knows the order whose parcel is reported on.
	Known bool
	// Marks are the strings that no other item holds: ids, numbers, addresses.
	Marks []string
}

// Template makes any number of items that differ in their marks alone.
type Template struct {
	Name string
	Body []byte
	Into string
	Type event.Type
	// Known is that of its items.
	Known bool
	// Unique are the paths of the strings that identify an item, such as
	// "order/orderNumber". Each of its values is replaced wherever it stands.
	Unique []string
}

// Item returns the nth item of the template.
func (t Template) Item(n int) (Item, error) {
	item := Item{Template: t.Name, Body: t.Body, Into: t.Into, Type: t.Type, Known: t.Known}
	for _, path := range t.Unique {
		value, err := stringAt(t.Body, path)
		if err != nil {
			return item, fmt.Errorf("template %s: %w", t.Name, err)
		}
		mark := disguise(value, fmt.Sprintf("%s %d %s", t.Name, n, value))
		item.Body = bytes.ReplaceAll(item.Body, []byte(value), []byte(mark))
		item.Marks = append(item.Marks, mark)
	}
	return item, nil
}

// disguise returns another value of the same kind: a UUID, an address, a word.
func disguise(value, seed string) string {
	id := uuid.NewSHA1(uuid.NameSpaceURL, []byte(seed)).String()
	switch {
	case uuid.Validate(value) == nil:
		return id
	case strings.Contains(value, "@"):
		return id[:13] + "@example.com"
	}
	return value + "-" + strings.ToUpper(id[:8]+id[9:13])
}

func stringAt(body []byte, path string) (string, error) {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	want := jsontext.Pointer("/" + path)
	for {
		t, err := d.ReadToken()
		if err != nil {
			return "", fmt.Errorf("no string at %s", path)
		}
		if d.StackPointer() == want && t.Kind() == '"' && !isName(d) {
			return t.String(), nil
		}
	}
}

// isName reports whether the token just read was an object member's name.
func isName(d *jsontext.Decoder) bool {
	kind, length := d.StackIndex(d.StackDepth())
	return kind == '{' && length%2 == 1
}
