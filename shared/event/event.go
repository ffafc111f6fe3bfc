// Package event is the envelope every business event travels in, from the
// ingress to the last function: CloudEvents 1.0 in structured JSON, with the
// attributes Signalbox adds as extensions.
//
// An event is identified by its ID. Signalbox derives the ID of everything it
// emits from the cause, so an event that is emitted twice is the same event.
package event

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// Type names a kind of business event: subject.past-participle, such as "order.created".
type Type string

// MaxHops bounds a chain of events that cause each other.
const MaxHops = 16

// Header holds the CloudEvents attributes of an event without its data.
type Header struct {
	SpecVersion string    `json:"specversion"`
	ID          string    `json:"id"`
	Source      string    `json:"source"`
	Type        Type      `json:"type"`
	Subject     string    `json:"subject,omitzero"`
	Time        time.Time `json:"time"`
	ContentType string    `json:"datacontenttype,omitzero"`
	// DataSchema is "urn:signalbox:<type>:<version>".
	DataSchema string `json:"dataschema,omitzero"`

	// CorrelationID is the ID of the first event of the story this one belongs to.
	CorrelationID string `json:"correlationid,omitzero"`
	// CausationID is the ID of the event whose handling emitted this one; empty at the ingress.
	CausationID string `json:"causationid,omitzero"`
	// Sequence orders the events of one subject; 0 if the event carries no state.
	Sequence int64 `json:"sequence,omitzero,string"`
	// Hop counts the events between this one and the ingress.
	Hop int `json:"hop,omitzero"`
	// Refetched tells that the data was read from the source after the event,
	// so two deliveries of the same event may differ in it.
	Refetched bool `json:"refetched,omitzero"`
	// TraceParent and TraceState are the W3C trace context of the emitting step.
	TraceParent string `json:"traceparent,omitzero"`
	TraceState  string `json:"tracestate,omitzero"`

	// Replay is the name of the archive replay that delivered the event again,
	// empty for a first delivery. It is of the delivery and never encoded.
	Replay string `json:"-"`
}

// Event is a business event with its data.
type Event[T any] struct {
	Header
	Data T `json:"data"`
}

// Raw is an event whose data has not been decoded.
type Raw = Event[jsontext.Value]

// Payload is the data of one event type. Its methods answer on the zero value,
// except Subject and Validate.
type Payload interface {
	// EventType is the type of the events that carry this payload.
	EventType() Type
	// SchemaVersion counts the incompatible changes of the payload, from 1.
	SchemaVersion() int
	// Subject is the id of what the event is about, such as the order's.
	Subject() string
	// Validate reports the first wrong field as fault.Invalid.
	Validate() error
}

// Upcaster is a Payload that can still read its older versions.
type Upcaster interface {
	// Upcast returns data of the given older version in the shape of the current one.
	Upcast(from int, data []byte) ([]byte, error)
}

// Sequenced is a Payload that carries a state: of two events of one subject the
// higher sequence is the newer.
type Sequenced interface {
	// Sequence is above 0.
	Sequence() int64
}

// As decodes the data of r into T. The error is fault.Invalid if the type or
// the version is another than T's, the data does not decode, or T's own
// validation objects.
func As[T Payload](r Raw) (Event[T], error) {
	e := Event[T]{Header: r.Header}
	want := e.Data.EventType()
	if r.Type != want {
		return e, fault.Field("type", string(want))
	}
	version, err := r.schemaVersion()
	if err != nil {
		return e, err
	}
	data := []byte(r.Data)
	if current := e.Data.SchemaVersion(); version != current {
		up, ok := any(e.Data).(Upcaster)
		if !ok || version > current {
			return e, fault.Field("dataschema", fmt.Sprintf("version %d of %s", current, want))
		}
		if data, err = up.Upcast(version, data); err != nil {
			return e, err
		}
	}
	if len(data) == 0 || string(data) == "null" {
		return e, fault.Field("data", "an object")
	}
	if err := strictjson.Unmarshal("data", data, &e.Data); err != nil {
		return e, err
	}
	return e, e.Data.Validate()
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
	case h.ID == "":
		return fault.Field("id", "a non-empty string")
	case h.Source == "":
		return fault.Field("source", "a non-empty string")
	case h.Type == "":
		return fault.Field("type", "a non-empty string")
	case h.Time.IsZero():
		return fault.Field("time", "a time in RFC 3339")
	}
	return nil
}

func (h Header) schemaVersion() (int, error) {
	rest, ok := strings.CutPrefix(h.DataSchema, "urn:signalbox:"+string(h.Type)+":")
	version, err := strconv.Atoi(rest)
	if !ok || err != nil || version < 1 {
		return 0, fault.Field("dataschema", "urn:signalbox:"+string(h.Type)+":<version>")
	}
	return version, nil
}

// Origin is where an event enters Signalbox.
type Origin struct {
	// Source is the CloudEvents source, such as "/commercetools/acme-dev".
	Source string
	// ID identifies the notification at the source. The same notification always
	// gives the same event.
	ID string
	// Time is when it happened there.
	Time time.Time
	// Refetched: see Header.
	Refetched bool
	// TraceParent is the trace the notification arrived in, empty if none.
	TraceParent string
}

// New returns the event that enters Signalbox at o with the given data, which
// must be valid.
func New(o Origin, data Payload) (Raw, error) {
	r, err := build(Header{
		ID:          DeriveID(o.Source, o.ID, data.EventType(), data.Subject()),
		Source:      o.Source,
		Time:        o.Time.UTC(),
		Refetched:   o.Refetched,
		TraceParent: o.TraceParent,
	}, data)
	r.CorrelationID = r.ID
	return r, err
}

// Next returns the event that function emits because of cause. Emitted twice
// for the same cause it has the same ID.
func Next(function string, cause Header, at time.Time, data Payload) (Raw, error) {
	if cause.Hop+1 > MaxHops {
		return Raw{}, fault.Refuse("hop-limit", fmt.Errorf("more than %d events caused each other", MaxHops))
	}
	return build(Header{
		ID:            DeriveID(function, cause.ID, data.EventType(), data.Subject()),
		Source:        "/signalbox/" + function,
		Time:          at.UTC(),
		CorrelationID: cause.CorrelationID,
		CausationID:   cause.ID,
		Hop:           cause.Hop + 1,
		Refetched:     cause.Refetched,
		TraceParent:   cause.TraceParent,
		TraceState:    cause.TraceState,
	}, data)
}

func build(h Header, data Payload) (Raw, error) {
	if err := data.Validate(); err != nil {
		return Raw{}, err
	}
	h.SpecVersion = "1.0"
	h.Type = data.EventType()
	h.Subject = data.Subject()
	h.ContentType = "application/json"
	h.DataSchema = SchemaURN(data)
	if s, ok := data.(Sequenced); ok {
		h.Sequence = s.Sequence()
	}
	encoded, err := strictjson.Marshal(data)
	if err != nil {
		return Raw{}, fmt.Errorf("encode %s: %w", h.Type, err)
	}
	return Raw{Header: h, Data: encoded}, nil
}

// SchemaURN names the schema of p in an event's dataschema attribute.
func SchemaURN(p Payload) string {
	return "urn:signalbox:" + string(p.EventType()) + ":" + strconv.Itoa(p.SchemaVersion())
}

// namespace is the UUID of all ids derived here; changing it changes every id.
var namespace = uuid.MustParse("6b2f1c1e-52f3-5d2c-9c59-1f6f0b6a7d11")

// DeriveID returns the name-based UUID (version 5) of an event from what made
// it, what caused it, its type and its subject.
func DeriveID(maker, cause string, t Type, subject string) string {
	return uuid.NewSHA1(namespace, []byte(maker+"\x00"+cause+"\x00"+string(t)+"\x00"+subject)).String()
}

// Encode returns r in structured JSON.
func Encode(r Raw) ([]byte, error) { return strictjson.Marshal(r) }
