// Package event builds, encodes and decodes business events: CloudEvents 1.0 in
// structured JSON, with the attributes that Signalbox adds as extensions.
//
//	// An ingress makes an event of a notification.
//	raw, err := event.New(event.Origin{Source: "/commercetools/acme", ID: notificationID, Time: at}, payload)
//	body, err := event.Encode(raw)
//
//	// A function decodes it, and emits another event because of it.
//	raw, err := event.Parse(body)
//	order, err := event.As[retail.OrderCreated](raw)
//	next, err := event.Next("order-created-fraud", order.Header, now, approved)
//
// An event is identified by its ID. Signalbox derives the ID of every event it
// emits from the cause, so an event that is emitted twice is the same event.
//
// The payloads of a domain are in the packages below, such as event/retail.
package event

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
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
	// Refetched: the data was read from the source after the event, so two
	// deliveries of the same event may have different data.
	Refetched bool `json:"refetched,omitzero"`
	// TraceParent and TraceState are the W3C trace context of the emitting step.
	TraceParent string `json:"traceparent,omitzero"`
	TraceState  string `json:"tracestate,omitzero"`

	// Replay is the name of the archive replay that delivered the event again,
	// empty for a first delivery. It belongs to the delivery and is never encoded.
	Replay string `json:"-"`
}

// Event is a business event with its data.
type Event[T any] struct {
	Header
	Data T `json:"data"`
}

// Raw is an event whose data has not been decoded.
type Raw = Event[jsontext.Value]

// Payload is the data of one event type. All methods but Subject and Validate
// work on the zero value.
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
