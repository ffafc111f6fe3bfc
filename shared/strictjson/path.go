package strictjson

import (
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// path renders a JSON pointer as a field path, "order.lines[2].sku". It follows
// the Go type and shows only names that the type declares. A map's key, or a
// name in a part that is not decoded, may be a personal value and is shown as "?".
func path(name string, t reflect.Type, p jsontext.Pointer) string {
	var b strings.Builder
	b.WriteString(name)
	for token := range p.Tokens() {
		for t != nil && t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch {
		case t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) && isIndex(token):
			b.WriteString("[" + token + "]")
			t = t.Elem()
		case t != nil && t.Kind() == reflect.Map:
			b.WriteString(".?")
			t = t.Elem()
		default:
			field, ok := fieldNamed(t, token)
			if !ok {
				b.WriteString(".?")
				return b.String()
			}
			b.WriteString("." + token)
			t = field
		}
	}
	return b.String()
}

// fieldNamed returns the type of the field that decodes the given name.
func fieldNamed(t reflect.Type, name string) (reflect.Type, bool) {
	if t == nil || t.Kind() != reflect.Struct || isTime(t) {
		return nil, false
	}
	for i := range t.NumField() {
		f := t.Field(i)
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		inlined := tag == "" && (f.Anonymous || strings.Contains(options, "inline"))
		switch {
		case inlined:
			embedded := f.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			if found, ok := fieldNamed(embedded, name); ok {
				return found, true
			}
		case !f.IsExported() || tag == "-":
		case tag == name, tag == "" && f.Name == name:
			return f.Type, true
		}
	}
	return nil, false
}

func isTime(t reflect.Type) bool { return t == reflect.TypeFor[time.Time]() }

func isIndex(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != "" && len(s) < 8
}
