package event

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// As decodes the data of r into T. The error is fault.Invalid if the type or
// the version is not T's, the data does not decode, T's validation fails, or
// subject and sequence differ from those of the data.
func As[T Payload](r Raw) (Event[T], error) {
	e := Event[T]{Header: r.Header}
	err := decode(r, e.Data, &e.Data, func() Payload { return e.Data })
	return e, err
}

// Decode is As for a type that is known only at run time: it decodes the data
// of r into a value of kind's type.
func Decode(r Raw, kind Payload) (Payload, error) {
	into := reflect.New(reflect.TypeOf(kind))
	decoded := func() Payload { return into.Elem().Interface().(Payload) }
	err := decode(r, kind, into.Interface(), decoded)
	return decoded(), err
}

// decode decodes the data of r into the pointer's target, which decoded then
// returns.
func decode(r Raw, kind Payload, pointer any, decoded func() Payload) error {
	want := kind.EventType()
	if r.Type != want {
		return fault.Field("type", string(want))
	}
	version, err := r.schemaVersion()
	if err != nil {
		return err
	}
	data := []byte(r.Data)
	if current := kind.SchemaVersion(); version != current {
		up, ok := any(kind).(Upcaster)
		if !ok || version > current {
			return fault.Field("dataschema", fmt.Sprintf("version %d of %s", current, want))
		}
		if data, err = up.Upcast(version, data); err != nil {
			return err
		}
	}
	if len(data) == 0 || string(data) == "null" {
		return fault.Field("data", "an object")
	}
	if err := strictjson.Unmarshal("data", data, pointer); err != nil {
		return err
	}
	p := decoded()
	if err := p.Validate(); err != nil {
		return err
	}
	return r.agree(p)
}

// agree checks that the attributes match the data: the order of events depends
// on them.
func (h Header) agree(data Payload) error {
	if h.Subject != data.Subject() {
		return fault.Field("subject", "the subject of the data")
	}
	if s, ok := data.(Sequenced); ok && (h.Sequence != s.Sequence() || h.Sequence < 1) {
		return fault.Field("sequence", "the sequence of the data, above 0")
	}
	return nil
}

// Parse decodes an event in structured JSON and checks the attributes that
// every event has. Its data stays raw.
func Parse(body []byte) (Raw, error) {
	var r Raw
	if err := strictjson.Unmarshal("event", body, &r); err != nil {
		return r, err
	}
	return r, r.check()
}

func (h Header) check() error {
	switch {
	case h.SpecVersion != "1.0":
		return fault.Field("specversion", `"1.0"`)
	case !isPrintable(h.ID, maxID):
		return fault.Field("id", "1 to 256 printable ASCII characters")
	case !isPrintable(h.Source, maxSource):
		return fault.Field("source", "1 to 1024 printable ASCII characters")
	case !isPrintable(string(h.Type), maxType):
		return fault.Field("type", "1 to 128 printable ASCII characters")
	case len(h.Subject) > maxSubject:
		return fault.Field("subject", "at most 512 bytes")
	case h.Time.IsZero() || h.Time.Year() > 9999:
		return fault.Field("time", "a time in RFC 3339")
	case h.Sequence < 0:
		return fault.Field("sequence", "0 or more")
	case h.Hop < 0 || h.Hop > MaxHops:
		return fault.Field("hop", fmt.Sprintf("0 to %d", MaxHops))
	}
	return nil
}

// Limits of the attributes that are used as keys, message attributes and log fields.
const (
	maxID      = 256
	maxSource  = 1024
	maxType    = 128
	maxSubject = 512
)

func isPrintable(s string, most int) bool {
	for _, r := range s {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return s != "" && len(s) <= most
}

func (h Header) schemaVersion() (int, error) {
	rest, ok := strings.CutPrefix(h.DataSchema, "urn:signalbox:"+string(h.Type)+":")
	version, err := strconv.Atoi(rest)
	if !ok || err != nil || version < 1 {
		return 0, fault.Field("dataschema", "urn:signalbox:"+string(h.Type)+":<version>")
	}
	return version, nil
}
