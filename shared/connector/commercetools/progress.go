package commercetools

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// The shipment states of an order (types/order/ShipmentState.raml) after which
// a carrier's report changes nothing.
const (
	delivered = "Delivered"
	delayed   = "Delayed"
	canceled  = "Canceled"
)

// ErrForeignParcel is returned for a parcel that no delivery of the order has
// although all pieces of the order are in deliveries: such as a return's parcel.
var ErrForeignParcel = errors.New("parcel: expected one of the order's deliveries")

// OrderIDByNumber returns the id of the order with the given number, and false if
// there is none.
func (c *Client) OrderIDByNumber(ctx context.Context, number string) (string, bool, error) {
	response, err := c.http.Do(ctx, connector.Request{
		Method: http.MethodGet, Path: c.project + "/orders/order-number=" + url.PathEscape(number), Repeatable: true,
	})
	if response.Status == http.StatusNotFound || isMissing(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	var o order
	if err := strictjson.UnmarshalUpTo(connector.MaxBody, "order", response.Body, &o); err != nil || o.ID == "" {
		return "", false, c.http.Unreadable(errors.New("expected the requested order"))
	}
	return o.ID, true, nil
}

// isMissing reports the code of a resource that does not exist:
// https://docs.commercetools.com/api/errors#404-not-found
func isMissing(err error) bool {
	f := fault.Of(err)
	return f != nil && (f.Reason == System+"-ResourceNotFound" || f.Reason == System+"-404")
}

// MarkDelivered sets the order's shipment state to Delivered once all its pieces
// are in deliveries and all their parcels are among the given tracking numbers,
// which arrived. Until then, and if a person set Canceled, the state stays.
//
// For a parcel that no delivery of the order has, the error is ErrForeignParcel,
// or Retryable while pieces are in no delivery: the parcel's delivery may still be
// added.
func (c *Client) MarkDelivered(ctx context.Context, orderID, trackingNumber string, arrived []string) error {
	return c.progress(ctx, orderID, trackingNumber, func(o order) string {
		if o.open() || slices.ContainsFunc(o.tracking(), func(n string) bool { return !slices.Contains(arrived, n) }) {
			return o.ShipmentState
		}
		return delivered
	})
}

// MarkDelayed sets the order's shipment state to Delayed, unless it is Delivered
// or a person set Canceled. The parcel must be the order's, as with MarkDelivered.
func (c *Client) MarkDelayed(ctx context.Context, orderID, trackingNumber string) error {
	return c.progress(ctx, orderID, trackingNumber, func(o order) string {
		if o.ShipmentState == delivered {
			return delivered
		}
		return delayed
	})
}

func (c *Client) progress(ctx context.Context, orderID, trackingNumber string, state func(order) string) error {
	return c.revise(ctx, func(ctx context.Context) (revision, error) {
		o, err := c.read(ctx, orderID)
		if err != nil {
			return revision{}, err
		}
		if err := o.ships(trackingNumber); err != nil || o.ShipmentState == canceled {
			return revision{}, err
		}
		next := state(o)
		if next == o.ShipmentState {
			return revision{}, nil
		}
		return revision{
			path: "/orders/" + url.PathEscape(orderID), version: o.Version,
			actions: []any{changeShipmentState{Action: "changeShipmentState", ShipmentState: next}},
		}, nil
	})
}

// tracking are the tracking numbers of all parcels of the order.
func (o order) tracking() []string {
	var numbers []string
	for _, info := range o.methods() {
		for _, d := range info.Deliveries {
			for _, p := range d.Parcels {
				if p.TrackingData.TrackingID != "" && !p.TrackingData.IsReturn {
					numbers = append(numbers, p.TrackingData.TrackingID)
				}
			}
		}
	}
	return numbers
}

// open reports whether pieces of the order are in no delivery.
func (o order) open() bool {
	sent := o.sent()
	return slices.ContainsFunc(o.LineItems, func(item DeliveryItem) bool { return sent[item.ID] < item.Quantity })
}
