package commercetools

import (
	"context"
	"errors"
	"slices"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// Recipient is the recipient of an order's parcels, as the order names it.
type Recipient struct {
	OrderNumber string `json:"orderNumber"`
	// CustomerID is empty for a guest.
	CustomerID string `json:"customerId"`
	Email      string `json:"customerEmail" class:"personal"`
}

// Recipient returns the recipient of the order's parcels.
func (c *Client) Recipient(ctx context.Context, orderID string) (Recipient, error) {
	r, _, err := c.recipient(ctx, orderID)
	return r, err
}

// RecipientOf returns the recipient of the order's parcel with the tracking
// number, which must be the order's, as with MarkDelivered.
func (c *Client) RecipientOf(ctx context.Context, orderID, trackingNumber string) (Recipient, error) {
	r, o, err := c.recipient(ctx, orderID)
	if err != nil {
		return Recipient{}, err
	}
	return r, o.ships(trackingNumber)
}

func (c *Client) recipient(ctx context.Context, id string) (Recipient, order, error) {
	var r Recipient
	var o order
	body, err := c.Order(ctx, id)
	if err != nil {
		return r, o, err
	}
	if err := errors.Join(
		strictjson.UnmarshalUpTo(connector.MaxBody, "order", body, &o),
		strictjson.UnmarshalUpTo(connector.MaxBody, "order", body, &r),
	); err != nil || o.ID != id {
		return Recipient{}, o, c.http.Unreadable(errors.New("expected the requested order"))
	}
	return r, o, nil
}

// ships returns an error unless the parcel is in one of the order's deliveries.
func (o order) ships(trackingNumber string) error {
	switch known := slices.Contains(o.tracking(), trackingNumber); {
	case !known && o.open():
		return fault.Retry(System+"-parcel-unknown", 0, errors.New("parcel: expected one of the order's deliveries so far"))
	case !known:
		return fault.Refuse(System+"-parcel-foreign", ErrForeignParcel)
	}
	return nil
}
