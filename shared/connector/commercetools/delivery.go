package commercetools

import (
	"context"
	"errors"
	"net/url"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// Delivery is a shipped parcel, as it is added to an order.
type Delivery struct {
	// Key is chosen by the caller and identifies the delivery within its order: 2 to
	// 256 letters, digits, underscores and hyphens. The parcel has the same key.
	Key string
	// Items are the line items in the parcel.
	Items []DeliveryItem
	// TrackingID is the carrier's number of the parcel.
	TrackingID string
	Carrier    string
}

// DeliveryItem is how many pieces of a line item are in a delivery.
type DeliveryItem struct {
	ID       string `json:"id"`
	Quantity int64  `json:"quantity"`
}

// AddDelivery adds a delivery with its parcel to an order and sets the order's
// shipment state: Shipped, or Partial while line items are left. If the order
// already has a delivery with this key, AddDelivery changes nothing, so it can be
// repeated. A later shipment state (Delivered), or one that a person set
// (Canceled), stays.
//
// An order without a shipping method, or with several of which none can be chosen,
// is a Permanent error.
func (c *Client) AddDelivery(ctx context.Context, orderID string, d Delivery) error {
	return c.revise(ctx, func(ctx context.Context) (revision, error) {
		o, err := c.read(ctx, orderID)
		if err != nil || o.hasDelivery(d.Key) {
			return revision{}, err
		}
		actions, err := o.ship(d)
		return revision{path: "/orders/" + url.PathEscape(orderID), version: o.Version, actions: actions}, err
	})
}

func (c *Client) read(ctx context.Context, id string) (order, error) {
	var o order
	body, err := c.Order(ctx, id)
	if err != nil {
		return o, err
	}
	if err := strictjson.UnmarshalUpTo(connector.MaxBody, "order", body, &o); err != nil || o.ID != id || o.Version < 1 {
		return o, c.http.Unreadable(errors.New("expected the requested order"))
	}
	return o, nil
}

// order holds the fields of an Order that decide on a delivery
// (types/order/Order.raml).
type order struct {
	ID            string         `json:"id"`
	Version       int64          `json:"version"`
	ShipmentState string         `json:"shipmentState"`
	ShippingMode  string         `json:"shippingMode"`
	ShippingInfo  *shippingInfo  `json:"shippingInfo"`
	Shipping      []shipping     `json:"shipping"`
	LineItems     []DeliveryItem `json:"lineItems"`
}

type shippingInfo struct {
	Deliveries []struct {
		Key     string         `json:"key"`
		Items   []DeliveryItem `json:"items"`
		Parcels []struct {
			TrackingData struct {
				TrackingID string `json:"trackingId"`
				IsReturn   bool   `json:"isReturn"`
			} `json:"trackingData"`
		} `json:"parcels"`
	} `json:"deliveries"`
}

type shipping struct {
	ShippingKey  string       `json:"shippingKey"`
	ShippingInfo shippingInfo `json:"shippingInfo"`
}

// methods are the order's shipping methods: ShippingInfo if the mode is Single,
// Shipping if it is Multiple.
func (o order) methods() []shippingInfo {
	var infos []shippingInfo
	if o.ShippingInfo != nil {
		infos = append(infos, *o.ShippingInfo)
	}
	for _, s := range o.Shipping {
		infos = append(infos, s.ShippingInfo)
	}
	return infos
}

func (o order) hasDelivery(key string) bool {
	for _, info := range o.methods() {
		for _, d := range info.Deliveries {
			if d.Key == key {
				return true
			}
		}
	}
	return false
}

// ship returns the actions that add d to the order.
func (o order) ship(d Delivery) ([]any, error) {
	key, err := o.shippingKey()
	if err != nil {
		return nil, err
	}
	actions := []any{addDelivery{
		Action:      "addDelivery",
		DeliveryKey: d.Key,
		ShippingKey: key,
		Items:       d.Items,
		Parcels: []parcelDraft{{
			Key:          d.Key,
			TrackingData: trackingData{TrackingID: d.TrackingID, Carrier: d.Carrier},
		}},
	}}
	if state := o.nextShipmentState(d); state != o.ShipmentState {
		actions = append(actions, changeShipmentState{Action: "changeShipmentState", ShipmentState: state})
	}
	return actions, nil
}

// shippingKey is required in addDelivery if the mode is Multiple.
func (o order) shippingKey() (string, error) {
	multiple := o.ShippingMode == "Multiple"
	switch {
	case !multiple && o.ShippingInfo != nil:
		return "", nil
	case multiple && len(o.Shipping) > 1:
		return "", fault.Refuse(System+"-several-shipping-methods", errors.New("order: expected one shipping method, or one that is the parcel's"))
	case multiple && len(o.Shipping) == 1 && o.Shipping[0].ShippingKey != "":
		return o.Shipping[0].ShippingKey, nil
	}
	return "", fault.Refuse(System+"-no-shipping-method", errors.New("order: expected a shipping method"))
}

// nextShipmentState is the order's shipment state after d is added.
func (o order) nextShipmentState(d Delivery) string {
	switch o.ShipmentState {
	case "Shipped", "Delivered", "Canceled":
		return o.ShipmentState
	}
	sent := o.sent()
	for _, item := range d.Items {
		sent[item.ID] += item.Quantity
	}
	for _, item := range o.LineItems {
		if sent[item.ID] < item.Quantity {
			return "Partial"
		}
	}
	return "Shipped"
}

// sent counts the pieces of each line item that are in deliveries.
func (o order) sent() map[string]int64 {
	sent := map[string]int64{}
	for _, info := range o.methods() {
		for _, d := range info.Deliveries {
			for _, item := range d.Items {
				sent[item.ID] += item.Quantity
			}
		}
	}
	return sent
}

// addDelivery is OrderAddDeliveryAction: https://docs.commercetools.com/api/projects/orders#add-delivery
type addDelivery struct {
	Action      string         `json:"action"`
	DeliveryKey string         `json:"deliveryKey"`
	ShippingKey string         `json:"shippingKey,omitzero"`
	Items       []DeliveryItem `json:"items"`
	Parcels     []parcelDraft  `json:"parcels"`
}

type parcelDraft struct {
	Key          string       `json:"key"`
	TrackingData trackingData `json:"trackingData"`
}

type trackingData struct {
	TrackingID string `json:"trackingId"`
	Carrier    string `json:"carrier"`
}

// changeShipmentState is OrderChangeShipmentStateAction: https://docs.commercetools.com/api/projects/orders#change-shipmentstate
type changeShipmentState struct {
	Action        string `json:"action"`
	ShipmentState string `json:"shipmentState"`
}
