// Package notification is what the functions that have Klaviyo tell customers of
// their parcels have in common: whom to tell stands in the order.
package notification

import (
	"context"
	"errors"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector/commercetools"
	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/retail/shipping"
)

// Orders are where the shop keeps whom a parcel is for.
type Orders interface {
	shipping.Orders
	Recipient(ctx context.Context, orderID string) (commercetools.Recipient, error)
	RecipientOf(ctx context.Context, orderID, trackingNumber string) (commercetools.Recipient, error)
}

// Profiles are where what customers are told is recorded.
type Profiles interface {
	ShipmentNews(ctx context.Context, id string, at time.Time, s klaviyo.Shipment) error
}

// Desk tells customers of their parcels.
type Desk struct {
	Orders   Orders
	Profiles Profiles
}

// New returns a desk that reads commercetools and writes to Klaviyo.
func New(values config.Values) (Desk, error) {
	orders, err := commercetools.New(values)
	if err != nil {
		return Desk{}, err
	}
	profiles, err := klaviyo.New(values)
	return Desk{orders, profiles}, err
}

// Shipped tells of a parcel that the shop itself sent off for the order.
func (d Desk) Shipped(ctx context.Context, h event.Header, orderID string, news klaviyo.Shipment) error {
	to, err := d.Orders.Recipient(ctx, orderID)
	if err != nil {
		return err
	}
	return d.tell(ctx, h, to, news)
}

// Reported tells what a carrier reported of a parcel, which is ignored if it is of
// no order of the shop (order-unknown) or in none of its deliveries (parcel-unknown).
func (d Desk) Reported(ctx context.Context, h event.Header, p retail.Parcel, news klaviyo.Shipment) error {
	id, err := shipping.OrderOf(ctx, d.Orders, p)
	if err != nil {
		return err
	}
	to, err := d.Orders.RecipientOf(ctx, id, p.TrackingNumber)
	if errors.Is(err, commercetools.ErrForeignParcel) {
		return function.Ignore("parcel-unknown")
	}
	if err != nil {
		return err
	}
	news.Carrier, news.TrackingNumber = p.Carrier, p.TrackingNumber
	return d.tell(ctx, h, to, news)
}

func (d Desk) tell(ctx context.Context, h event.Header, to commercetools.Recipient, news klaviyo.Shipment) error {
	if to.CustomerID == "" && to.Email == "" {
		return function.Ignore("no-profile")
	}
	news.OrderNumber, news.CustomerID, news.Email = to.OrderNumber, to.CustomerID, to.Email
	return d.Profiles.ShipmentNews(ctx, h.ID, h.Time, news)
}
