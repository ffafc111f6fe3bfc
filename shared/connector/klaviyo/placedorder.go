package klaviyo

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event/retail"
)

// document is a JSON:API document with one resource.
type document[T any] struct {
	Data resource[T] `json:"data"`
}

type resource[T any] struct {
	Type string `json:"type"`
	// ID is Klaviyo's id, if it is known.
	ID         string `json:"id,omitzero"`
	Attributes T      `json:"attributes"`
}

type eventAttributes struct {
	UniqueID      string                      `json:"unique_id"`
	Time          time.Time                   `json:"time"`
	Value         jsontext.Value              `json:"value"`
	ValueCurrency string                      `json:"value_currency"`
	Properties    orderProperties             `json:"properties"`
	Metric        document[metricAttributes]  `json:"metric"`
	Profile       document[profileAttributes] `json:"profile"`
}

type metricAttributes struct {
	Name string `json:"name"`
}

type profileAttributes struct {
	Email      string `json:"email,omitzero"`
	ExternalID string `json:"external_id,omitzero"`
}

// orderProperties are named as Klaviyo's own integrations name them, so that its
// flow templates work.
//
// https://developers.klaviyo.com/en/docs/guide_to_integrating_a_platform_without_a_pre_built_klaviyo_integration
type orderProperties struct {
	OrderID     string   `json:"OrderId"`
	OrderNumber string   `json:"OrderNumber"`
	ItemNames   []string `json:"ItemNames"`
	Items       []item   `json:"Items"`
}

type item struct {
	SKU         string         `json:"SKU,omitzero"`
	ProductName string         `json:"ProductName"`
	Quantity    int64          `json:"Quantity"`
	ItemPrice   jsontext.Value `json:"ItemPrice"`
	RowTotal    jsontext.Value `json:"RowTotal"`
}

func placedOrder(id string, o retail.Order) resource[eventAttributes] {
	properties := orderProperties{OrderID: o.ID, OrderNumber: o.Number, ItemNames: []string{}, Items: []item{}}
	for _, l := range o.Lines {
		properties.ItemNames = append(properties.ItemNames, l.Name)
		properties.Items = append(properties.Items, item{
			SKU:         l.SKU,
			ProductName: l.Name,
			Quantity:    l.Quantity,
			ItemPrice:   decimal(l.UnitPrice),
			RowTotal:    decimal(l.Total),
		})
	}
	return resource[eventAttributes]{Type: "event", Attributes: eventAttributes{
		UniqueID:      id,
		Time:          o.PlacedAt.UTC().Truncate(time.Second),
		Value:         decimal(o.Total),
		ValueCurrency: o.Total.Currency,
		Properties:    properties,
		Metric:        document[metricAttributes]{resource[metricAttributes]{Type: "metric", Attributes: metricAttributes{Name: "Placed Order"}}},
		Profile: document[profileAttributes]{resource[profileAttributes]{Type: "profile", Attributes: profileAttributes{
			Email:      o.Customer.Email,
			ExternalID: o.Customer.ID,
		}}},
	}}
}

// decimal encodes an amount exactly as a JSON number.
func decimal(m retail.Money) jsontext.Value { return jsontext.Value(m.Decimal()) }
