// Package strictjson decodes JSON that came from outside.
//
// It refuses duplicate keys, invalid UTF-8, lone surrogates and trailing data,
// matches names by exact case, and ignores unknown names: vendors add fields
// without notice, but the value that was checked must be the value that is used.
// Required fields are the caller's to check, since null and {} decode.
//
// Errors are fault.Invalid, name the field and what was expected there, and
// never quote the input.
package strictjson

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/fault"
)

// MaxBytes is the largest body decoded: the limit of an SQS message, 1 MiB.
const MaxBytes = 1 << 20

// Unmarshal decodes data into v, which must be a pointer. The name says what
// the document is and leads every error, for example "order.created".
func Unmarshal(name string, data []byte, v any) error {
	if len(data) > MaxBytes {
		return fault.Field(name, fmt.Sprintf("at most %d bytes", MaxBytes))
	}
	if err := json.Unmarshal(data, v); err != nil {
		return describe(name, err)
	}
	return nil
}

// Marshal encodes v in a stable order: struct fields as declared, map keys sorted.
func Marshal(v any) ([]byte, error) {
	return json.Marshal(v, json.Deterministic(true))
}

func describe(name string, err error) error {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		return fault.Field(join(name, semantic.JSONPointer), expectation(semantic.GoType))
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		switch {
		case errors.Is(err, jsontext.ErrDuplicateName):
			return fault.Field(join(name, syntactic.JSONPointer), "each name once")
		case strings.Contains(syntactic.Err.Error(), "UTF-8"), strings.Contains(syntactic.Err.Error(), "surrogate"):
			return fault.Field(join(name, syntactic.JSONPointer), "valid UTF-8")
		}
		return fault.Field(join(name, syntactic.JSONPointer), fmt.Sprintf("valid JSON (stopped at byte %d)", syntactic.ByteOffset))
	}
	return fault.Field(name, "a complete JSON document")
}

func expectation(t reflect.Type) string {
	if t == nil {
		return "another type"
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() == "time" && t.Name() == "Time" {
		return "a time in RFC 3339"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	if t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64 {
		return "a whole number within range"
	}
	return "another type"
}

// join renders a JSON pointer as a field path. Names that do not look like a
// field's are masked: in a foreign document even a name may be a personal value.
func join(name string, p jsontext.Pointer) string {
	var b strings.Builder
	b.WriteString(name)
	for token := range p.Tokens() {
		switch {
		case isIndex(token):
			b.WriteString("[" + token + "]")
		case isName(token):
			b.WriteString("." + token)
		default:
			b.WriteString(".?")
		}
		if b.Len() > 200 {
			b.WriteString("…")
			break
		}
	}
	return b.String()
}

func isIndex(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != "" && len(s) < 8
}

func isName(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '_' && r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != "" && len(s) <= 40
}
