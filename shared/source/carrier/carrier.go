// Package carrier maps Standard Webhooks of carriers and warehouses that have no
// other format to business events. A webhook holds the event's type, its time, and
// its data as one of Signalbox's own payloads.
//
// # Delivery
//
// The sender's webhook-id identifies the event: a repetition is the same event.
//
// # Errors
//
// A malformed webhook is fault.Invalid and names the field. A webhook of a type that
// no carrier reports is [Ignored].
package carrier

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// Ignored is the reason why a webhook holds no event. It is not a failure.
type Ignored struct{ Reason string }

func (i *Ignored) Error() string { return "ignored: " + i.Reason }

// Open returns the event of the webhook with the given webhook-id.
func Open(id string, body []byte) ([]event.Raw, error) {
	var hook struct {
		Type string         `json:"type"`
		Time time.Time      `json:"timestamp"`
		Data jsontext.Value `json:"data"`
	}
	if err := strictjson.Unmarshal("webhook", body, &hook); err != nil {
		return nil, err
	}
	switch {
	case hook.Type == "":
		return nil, fault.Field("webhook.type", "a non-empty string")
	case hook.Time.IsZero():
		return nil, fault.Field("webhook.timestamp", "a time in RFC 3339")
	case hook.Data.Kind() != '{':
		return nil, fault.Field("webhook.data", "an object")
	}
	var data event.Payload
	var err error
	switch event.Type(hook.Type) {
	case retail.TypeShipmentDelivered:
		data, err = decode[retail.ShipmentDelivered](hook.Data)
	case retail.TypeShipmentDelayed:
		data, err = decode[retail.ShipmentDelayed](hook.Data)
	default:
		return nil, &Ignored{"type"}
	}
	if err != nil {
		return nil, err
	}
	e, err := event.New(event.Origin{Source: "/carrier", ID: id, Time: hook.Time}, data)
	if err != nil {
		return nil, err
	}
	return []event.Raw{e}, nil
}

func decode[T event.Payload](data []byte) (event.Payload, error) {
	var v T
	err := strictjson.Unmarshal("webhook.data", data, &v)
	return v, err
}
