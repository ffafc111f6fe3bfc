package retail

import (
	"cmp"
	"slices"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// Types of the events about shipments on their way.
const (
	TypeShipmentDelivered event.Type = "shipment.delivered"
	TypeShipmentDelayed   event.Type = "shipment.delayed"
)

// Parcel is what a carrier says a report is about. What it says of the order is
// what it was told when the shipment was made: a carrier's account may ship other
// things too, so all of it but carrier and tracking number may be unknown.
type Parcel struct {
	// OrderID is the order's id in the shop; empty if unknown.
	OrderID string `json:"orderId,omitzero"`
	// OrderNumber is the number people use, the shipment's customer reference at
	// the carrier; empty if unknown. Carriers cut long references.
	OrderNumber string `json:"orderNumber,omitzero"`
	// Carrier is the carrier's name as customers know it, "FedEx".
	Carrier        string `json:"carrier"`
	TrackingNumber string `json:"trackingNumber"`
}

// subject is the best that is known of what the parcel belongs to.
func (p Parcel) subject() string { return cmp.Or(p.OrderID, p.OrderNumber, p.TrackingNumber) }

func (p Parcel) validate(field string) error {
	switch {
	case p.Carrier == "":
		return fault.Field(field+".carrier", "a non-empty string")
	case p.TrackingNumber == "":
		return fault.Field(field+".trackingNumber", "a non-empty string")
	}
	return nil
}

// ShipmentDelivered is the data of shipment.delivered: the carrier handed a
// shipment over.
type ShipmentDelivered struct {
	Parcel      Parcel    `json:"parcel"`
	DeliveredAt time.Time `json:"deliveredAt"`
}

func (ShipmentDelivered) EventType() event.Type { return TypeShipmentDelivered }
func (ShipmentDelivered) SchemaVersion() int    { return 1 }
func (p ShipmentDelivered) Subject() string     { return p.Parcel.subject() }
func (p ShipmentDelivered) Validate() error {
	if err := p.Parcel.validate("data.parcel"); err != nil {
		return err
	}
	if p.DeliveredAt.IsZero() {
		return fault.Field("data.deliveredAt", "a time in RFC 3339")
	}
	return nil
}

// Why a shipment is late, as far as a carrier's own codes tell.
const (
	DelayWeather   = "weather"
	DelayCustoms   = "customs"
	DelayAddress   = "address"
	DelayRecipient = "recipient"
	DelayCarrier   = "carrier"
	DelayUnknown   = "unknown"
)

var delays = []string{DelayWeather, DelayCustoms, DelayAddress, DelayRecipient, DelayCarrier, DelayUnknown}

// ShipmentDelayed is the data of shipment.delayed: the carrier says that a
// shipment comes later than it said before.
type ShipmentDelayed struct {
	Parcel Parcel `json:"parcel"`
	// Reason is one of the Delay constants.
	Reason string `json:"reason"`
	// ReportedAt is when the carrier learnt of it.
	ReportedAt time.Time `json:"reportedAt"`
	// EstimatedAt is when the carrier now expects to deliver; zero if it does not say.
	EstimatedAt time.Time `json:"estimatedAt,omitzero"`
}

func (ShipmentDelayed) EventType() event.Type { return TypeShipmentDelayed }
func (ShipmentDelayed) SchemaVersion() int    { return 1 }
func (p ShipmentDelayed) Subject() string     { return p.Parcel.subject() }
func (p ShipmentDelayed) Validate() error {
	if err := p.Parcel.validate("data.parcel"); err != nil {
		return err
	}
	switch {
	case !slices.Contains(delays, p.Reason):
		return fault.Field("data.reason", "weather, customs, address, recipient, carrier or unknown")
	case p.ReportedAt.IsZero():
		return fault.Field("data.reportedAt", "a time in RFC 3339")
	}
	return nil
}
