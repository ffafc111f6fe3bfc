package klaviyo

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// The metrics of a parcel's events; Fulfilled Order has the name that Klaviyo's own
// integrations use.
const (
	FulfilledOrder    = "Fulfilled Order"
	DeliveredShipment = "Delivered Shipment"
	DelayedShipment   = "Delayed Shipment"
)

// Shipment is the content of a notification about a parcel.
type Shipment struct {
	// Metric is one of the constants above.
	Metric string
	// CustomerID and Email identify the recipient: at least one of them must be set.
	CustomerID string
	Email      string `class:"personal"`

	OrderNumber, Carrier, TrackingNumber string
	// Reason and EstimatedAt describe a delay; empty if unknown.
	Reason      string
	EstimatedAt time.Time
}

type shipmentAttributes struct {
	UniqueID   string                      `json:"unique_id"`
	Time       time.Time                   `json:"time"`
	Properties shipmentProperties          `json:"properties"`
	Metric     document[metricAttributes]  `json:"metric"`
	Profile    document[profileAttributes] `json:"profile"`
}

type shipmentProperties struct {
	OrderNumber    string    `json:"OrderNumber"`
	Carrier        string    `json:"Carrier"`
	TrackingNumber string    `json:"TrackingNumber"`
	TrackingURL    string    `json:"TrackingURL,omitzero"`
	Reason         string    `json:"Reason,omitzero"`
	EstimatedAt    time.Time `json:"EstimatedAt,omitzero"`
}

// RecordShipment records an event of a parcel, at the given time and with the given
// id, on the profile of the customer. The same id is recorded once.
func (c *Client) RecordShipment(ctx context.Context, id string, at time.Time, s Shipment) error {
	body, err := strictjson.Marshal(document[shipmentAttributes]{resource[shipmentAttributes]{Type: "event", Attributes: shipmentAttributes{
		UniqueID: id,
		Time:     at.UTC().Truncate(time.Second),
		Properties: shipmentProperties{
			OrderNumber: s.OrderNumber, Carrier: s.Carrier, TrackingNumber: s.TrackingNumber, TrackingURL: s.trackingURL(),
			Reason: s.Reason, EstimatedAt: s.EstimatedAt,
		},
		Metric:  document[metricAttributes]{resource[metricAttributes]{Type: "metric", Attributes: metricAttributes{Name: s.Metric}}},
		Profile: document[profileAttributes]{resource[profileAttributes]{Type: "profile", Attributes: profileAttributes{Email: s.Email, ExternalID: s.CustomerID}}},
	}}})
	if err != nil {
		return fault.Refuse(system+"-encode", errors.New("event: expected values that JSON can encode"))
	}
	_, err = c.http.Do(ctx, connector.Request{
		Method: http.MethodPost, Path: "/api/events", ContentType: mediaType, Body: body, Repeatable: true,
	})
	return err
}

// trackingURL is empty for carriers whose tracking pages are unknown.
func (s Shipment) trackingURL() string {
	if s.Carrier != "FedEx" {
		return ""
	}
	return "https://www.fedex.com/fedextrack/?trknbr=" + url.QueryEscape(s.TrackingNumber)
}
