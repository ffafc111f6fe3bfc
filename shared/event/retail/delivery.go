package retail

import (
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// Types of the events about parcels on their way.
const (
	TypeShipmentDelivered event.Type = "shipment.delivered"
	TypeShipmentDelayed   event.Type = "shipment.delayed"
)

// ShipmentDelivered is the data of shipment.delivered: a carrier handed a parcel over.
type ShipmentDelivered struct {
	// Carrier is the carrier's name as customers know it, "FedEx".
	Carrier        string `json:"carrier"`
	TrackingNumber string `json:"trackingNumber"`
	// OrderNumber is the reference the parcel was sent with; empty if the carrier
	// does not say it.
	OrderNumber string    `json:"orderNumber,omitzero"`
	DeliveredAt time.Time `json:"deliveredAt"`
}

func (ShipmentDelivered) EventType() event.Type { return TypeShipmentDelivered }
func (ShipmentDelivered) SchemaVersion() int    { return 1 }
func (p ShipmentDelivered) Subject() string     { return p.TrackingNumber }
func (p ShipmentDelivered) Validate() error {
	return validParcel(p.Carrier, p.TrackingNumber, p.DeliveredAt, "data.deliveredAt")
}

// ShipmentDelayed is the data of shipment.delayed: something holds a parcel up.
type ShipmentDelayed struct {
	Carrier        string `json:"carrier"`
	TrackingNumber string `json:"trackingNumber"`
	OrderNumber    string `json:"orderNumber,omitzero"`
	// Reason is the carrier's code of what happened.
	Reason    string    `json:"reason"`
	DelayedAt time.Time `json:"delayedAt"`
}

func (ShipmentDelayed) EventType() event.Type { return TypeShipmentDelayed }
func (ShipmentDelayed) SchemaVersion() int    { return 1 }
func (p ShipmentDelayed) Subject() string     { return p.TrackingNumber }
func (p ShipmentDelayed) Validate() error {
	if p.Reason == "" {
		return fault.Field("data.reason", "a non-empty string")
	}
	return validParcel(p.Carrier, p.TrackingNumber, p.DelayedAt, "data.delayedAt")
}

func validParcel(carrier, tracking string, at time.Time, field string) error {
	switch {
	case carrier == "":
		return fault.Field("data.carrier", "a non-empty string")
	case tracking == "":
		return fault.Field("data.trackingNumber", "a non-empty string")
	case at.IsZero():
		return fault.Field(field, "a time in RFC 3339")
	}
	return nil
}
