// Package strictjson decodes JSON from outside, such as an event's data, a
// vendor's answer or a secret:
//
//	var order struct {
//		ID    string `json:"id"`
//		Lines []line `json:"lines"`
//	}
//	if err := strictjson.Unmarshal("order", body, &order); err != nil {
//		return err // invalid-event: order.lines[1].quantity: expected a whole number within range
//	}
//	if order.ID == "" {
//		return fault.Field("order.id", "a non-empty string")
//	}
//
// Unmarshal refuses duplicate keys, invalid UTF-8, lone surrogates, trailing
// data and excessive nesting, matches names by exact case, and ignores unknown
// names, because vendors add fields without notice. So every decoder of a
// document reads the value that was checked. The caller checks required fields,
// since null and {} decode.
//
// Errors are fault.Invalid, name the field and the value expected there, and
// never quote the input: a field is named only if the Go type declares it.
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

const (
	// MaxBytes is the largest body decoded: the limit of an SQS message, 1 MiB.
	MaxBytes = 1 << 20
	// MaxDepth is how deep arrays and objects may nest. No system we call comes
	// near it; a deeper document is an attack on the stack.
	MaxDepth = 100
)

// Unmarshal decodes data into v, which must be a pointer. Every error begins
// with the document's name, for example "order.created".
func Unmarshal(name string, data []byte, v any) error {
	return UnmarshalUpTo(MaxBytes, name, data, v)
}

// UnmarshalUpTo is Unmarshal with another largest size in bytes, for a document
// that did not come through a queue.
func UnmarshalUpTo(most int, name string, data []byte, v any) error {
	if len(data) > most {
		return fault.Field(name, fmt.Sprintf("at most %d bytes", most))
	}
	if deeper(data, MaxDepth) {
		return fault.Field(name, fmt.Sprintf("at most %d levels of nesting", MaxDepth))
	}
	if err := json.Unmarshal(data, v); err != nil {
		return describe(name, reflect.TypeOf(v), err)
	}
	return nil
}

// Marshal encodes v in a stable order: struct fields as declared, map keys sorted.
func Marshal(v any) ([]byte, error) {
	return json.Marshal(v, json.Deterministic(true))
}

func describe(name string, t reflect.Type, err error) error {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		return fault.Field(path(name, t, semantic.JSONPointer), expectation(semantic.GoType))
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		field := path(name, t, syntactic.JSONPointer)
		switch {
		case errors.Is(err, jsontext.ErrDuplicateName):
			return fault.Field(field, "each name once")
		case strings.Contains(syntactic.Err.Error(), "UTF-8"), strings.Contains(syntactic.Err.Error(), "surrogate"):
			return fault.Field(field, "valid UTF-8")
		}
		return fault.Field(field, fmt.Sprintf("valid JSON (stopped at byte %d)", syntactic.ByteOffset))
	}
	return fault.Field(name, "a complete JSON document")
}

func expectation(t reflect.Type) string {
	if t == nil {
		return "a value of another type"
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if isTime(t) {
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
	return "a value of another type"
}
