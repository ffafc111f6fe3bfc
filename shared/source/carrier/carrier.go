// Package carrier reads what carriers and warehouses without a format of their
// own send us as Standard Webhooks: the event's type, its time, and data in the
// words of Signalbox's own payloads.
//
// # Delivery
//
// The sender's webhook-id is the event's identity: sent again, it is the same event.
//
// # Errors
//
// What cannot be understood is fault.Invalid and names the field. An [Ignored]
// webhook is of a type that carriers do not tell us of.
package carrier

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// Ignored says why a webhook holds no event. It never means that something is wrong.
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
