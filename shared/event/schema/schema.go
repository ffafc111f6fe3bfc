// Package schema generates the JSON Schema of a payload and refuses changes that
// break consumers: within a version only optional properties may be added.
//
//	body, err := schema.Generate(retail.OrderPaid{})      // the schema of the Go type
//	breaks, err := schema.Breaks(released, body)          // what the change breaks, if anything
//	err := schema.Keep("../retail/schema", retail.OrderPaid{}, *update) // in a test: file and type match
//
// The schemas are in shared/event/<domain>/schema/<event type>.v<version>.json,
// for consumers that do not use our Go types. A schema describes the shape of the
// data; Validate checks more than that. The package is for tests and tools, and
// no function links it.
package schema

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
	"signalbox/shared/strictjson"
)

// node is a schema of JSON Schema 2020-12, as far as payloads need it.
type node struct {
	Dialect    string           `json:"$schema,omitzero"`
	ID         string           `json:"$id,omitzero"`
	Ref        string           `json:"$ref,omitzero"`
	Type       string           `json:"type,omitzero"`
	Format     string           `json:"format,omitzero"`
	Pattern    string           `json:"pattern,omitzero"`
	Encoding   string           `json:"contentEncoding,omitzero"`
	Class      string           `json:"x-class,omitzero"`
	Items      *node            `json:"items,omitzero"`
	Values     *node            `json:"additionalProperties,omitzero"`
	Properties map[string]*node `json:"properties,omitzero"`
	Required   []string         `json:"required,omitzero"`
	Defs       map[string]*node `json:"$defs,omitzero"`
}

// Generate returns the schema of p's data, indented, with a line end.
//
// A field is required unless it is tagged omitzero or omitempty. A class tag
// becomes x-class. Unknown properties are allowed, since payloads grow. The error
// names a field whose type has no schema.
func Generate(p event.Payload) ([]byte, error) {
	g := generator{defs: map[string]*node{}, types: map[string]reflect.Type{}}
	t := reflect.TypeOf(p)
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s: expected a struct as payload", p.EventType())
	}
	root, err := g.object(t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.EventType(), err)
	}
	root.Dialect = "https://json-schema.org/draft/2020-12/schema"
	root.ID = event.SchemaURN(p)
	root.Defs = g.defs
	encoded, err := strictjson.Marshal(root)
	if err != nil {
		return nil, err
	}
	readable := jsontext.Value(encoded)
	if err := readable.Indent(jsontext.WithIndent("  ")); err != nil {
		return nil, err
	}
	return append(readable, '\n'), nil
}

type generator struct {
	defs  map[string]*node
	types map[string]reflect.Type // of defs
}

func (g generator) object(t reflect.Type) (*node, error) {
	n := &node{Type: "object", Properties: map[string]*node{}}
	if err := g.fields(t, n); err != nil {
		return nil, err
	}
	slices.Sort(n.Required)
	return n, nil
}

func (g generator) fields(t reflect.Type, n *node) error {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		has := func(option string) bool { return slices.Contains(strings.Split(options, ","), option) }
		switch {
		case name == "-":
			continue
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			if err := g.fields(f.Type, n); err != nil {
				return err
			}
			continue
		case !f.IsExported():
			continue
		case name == "":
			return fmt.Errorf("%s.%s: expected a json tag", t.Name(), f.Name)
		}
		property, err := g.value(f.Type, has("string"))
		if err != nil {
			return fmt.Errorf("%s.%s: %w", t.Name(), f.Name, err)
		}
		optional := has("omitzero") || has("omitempty")
		if f.Type.Kind() == reflect.Pointer && !optional {
			return fmt.Errorf("%s.%s: expected the tag omitzero, because nil would be encoded as null", t.Name(), f.Name)
		}
		property.Class = f.Tag.Get("class")
		n.Properties[name] = property
		if !optional {
			n.Required = append(n.Required, name)
		}
	}
	return nil
}

func (g generator) value(t reflect.Type, quoted bool) (*node, error) {
	switch t {
	case reflect.TypeFor[time.Time]():
		return &node{Type: "string", Format: "date-time"}, nil
	case reflect.TypeFor[jsontext.Value]():
		return &node{}, nil
	case reflect.TypeFor[[]byte]():
		return &node{Type: "string", Encoding: "base64"}, nil
	case reflect.TypeFor[time.Duration]():
		return nil, fmt.Errorf("expected a whole number and its unit in the name instead of a duration")
	}
	if t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return &node{Type: "string"}, nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return g.value(t.Elem(), quoted)
	case reflect.String:
		return &node{Type: "string"}, nil
	case reflect.Bool:
		return &node{Type: "boolean"}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if quoted {
			return &node{Type: "string", Pattern: "^-?[0-9]+$"}, nil
		}
		return &node{Type: "integer", Format: wholeFormat(t)}, nil
	case reflect.Float32, reflect.Float64:
		return &node{Type: "number"}, nil
	case reflect.Slice, reflect.Array:
		items, err := g.value(t.Elem(), false)
		return &node{Type: "array", Items: items}, err
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return nil, fmt.Errorf("expected strings as the map's keys")
		}
		values, err := g.value(t.Elem(), false)
		return &node{Type: "object", Values: values}, err
	case reflect.Struct:
		return g.named(t)
	}
	return nil, fmt.Errorf("expected a type with a JSON Schema instead of %s", t)
}

func wholeFormat(t reflect.Type) string {
	if t.Kind() == reflect.Int {
		return "int64"
	}
	return t.Kind().String()
}

// named adds a struct to the definitions, once, and refers to it.
func (g generator) named(t reflect.Type) (*node, error) {
	if t.Name() == "" {
		return g.object(t)
	}
	known, ok := g.types[t.Name()]
	if ok && known != t {
		return nil, fmt.Errorf("expected different names for %s and %s", known, t)
	}
	if !ok {
		// Registered before it is complete, so that a type may contain itself.
		g.types[t.Name()] = t
		n, err := g.object(t)
		if err != nil {
			return nil, err
		}
		g.defs[t.Name()] = n
	}
	return &node{Ref: "#/$defs/" + t.Name()}, nil
}
