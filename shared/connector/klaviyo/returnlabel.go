package klaviyo

import (
	"context"
	"errors"
	"net/http"
	"time"

	"signalbox/shared/connector"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

type returnAttributes struct {
	UniqueID   string                      `json:"unique_id"`
	Time       time.Time                   `json:"time"`
	Properties returnProperties            `json:"properties"`
	Metric     document[metricAttributes]  `json:"metric"`
	Profile    document[profileAttributes] `json:"profile"`
}

type returnProperties struct {
	OrderID        string `json:"OrderId"`
	OrderNumber    string `json:"OrderNumber"`
	ReturnID       string `json:"ReturnId"`
	Carrier        string `json:"Carrier"`
	TrackingNumber string `json:"TrackingNumber"`
	LabelURL       string `json:"LabelUrl"`
}

// ReturnLabelCreated records a Return Label Created event of the given time under
// the given id on the profile of the customer, who must have an e-mail address or an id. The same
// id is recorded once. The carrier keeps the label for a limited time, so the
// flow that sends it must not wait.
func (c *Client) ReturnLabelCreated(ctx context.Context, id string, at time.Time, r retail.ReturnLabelled) error {
	body, err := strictjson.Marshal(document[returnAttributes]{resource[returnAttributes]{Type: "event", Attributes: returnAttributes{
		UniqueID: id,
		Time:     at.UTC().Truncate(time.Second),
		Properties: returnProperties{
			OrderID: r.OrderID, OrderNumber: r.OrderNumber, ReturnID: r.ReturnID,
			Carrier: r.Carrier, TrackingNumber: r.TrackingNumber, LabelURL: r.LabelURL,
		},
		Metric:  document[metricAttributes]{resource[metricAttributes]{Type: "metric", Attributes: metricAttributes{Name: "Return Label Created"}}},
		Profile: document[profileAttributes]{resource[profileAttributes]{Type: "profile", Attributes: profileAttributes{Email: r.Customer.Email, ExternalID: r.Customer.ID}}},
	}}})
	if err != nil {
		return fault.Refuse(system+"-encode", errors.New("event: expected values that JSON can encode"))
	}
	_, err = c.http.Do(ctx, connector.Request{
		Method: http.MethodPost, Path: "/api/events", ContentType: mediaType, Body: body, Repeatable: true,
	})
	return err
}
