package retail

import (
	"cmp"
	"slices"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// Types of the events about shipments in transit.
const (
	TypeShipmentDelivered event.Type = "shipment.delivered"
	TypeShipmentDelayed   event.Type = "shipment.delayed"
)

// Parcel is the subject of a carrier's report. The carrier copies the order's
// fields from the shipment request. Its account may also ship other goods, so
// every field but carrier and tracking number may be unknown.
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

// subject is the most specific id that is known.
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

// Reasons for a delay, derived from the carrier's codes.
const (
	DelayWeather   = "weather"
	DelayCustoms   = "customs"
	DelayAddress   = "address"
	DelayRecipient = "recipient"
	DelayCarrier   = "carrier"
	DelayUnknown   = "unknown"
)

var delays = []string{DelayWeather, DelayCustoms, DelayAddress, DelayRecipient, DelayCarrier, DelayUnknown}

// ShipmentDelayed is the data of shipment.delayed: the carrier expects to deliver
// later than announced.
type ShipmentDelayed struct {
	Parcel Parcel `json:"parcel"`
	// Reason is one of the Delay constants.
	Reason string `json:"reason"`
	// ReportedAt is the time of the carrier's report.
	ReportedAt time.Time `json:"reportedAt"`
	// EstimatedAt is when the carrier now expects to deliver; zero if it has no estimate.
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
