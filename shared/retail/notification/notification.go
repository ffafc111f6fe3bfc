// Package notification records on a customer's Klaviyo profile what becomes of a
// parcel, from which Klaviyo notifies the customer. Several functions share it: whom
// a parcel is for stands in the order.
//
//	customers, err := notification.New(env.Config)
//	err = customers.Reported(ctx, e.Header, e.Data.Parcel, klaviyo.Shipment{Metric: klaviyo.DeliveredShipment})
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

// Profiles are where events of a customer are recorded.
type Profiles interface {
	RecordShipment(ctx context.Context, id string, at time.Time, s klaviyo.Shipment) error
}

// Customers notifies customers of their parcels.
type Customers struct {
	Orders   Orders
	Profiles Profiles
}

// New returns the Customers that are read from commercetools and notified by Klaviyo.
func New(values config.Values) (Customers, error) {
	orders, err := commercetools.New(values)
	if err != nil {
		return Customers{}, err
	}
	profiles, err := klaviyo.New(values)
	return Customers{orders, profiles}, err
}

// Shipped records that the shop itself sent off a parcel of the order.
func (c Customers) Shipped(ctx context.Context, h event.Header, orderID string, s klaviyo.Shipment) error {
	to, err := c.Orders.Recipient(ctx, orderID)
	if err != nil {
		return err
	}
	return c.record(ctx, h, to, s)
}

// Reported records what a carrier reported of a parcel, which is ignored if it is of
// no order of the shop (order-unknown) or in none of its deliveries (parcel-unknown).
func (c Customers) Reported(ctx context.Context, h event.Header, p retail.Parcel, s klaviyo.Shipment) error {
	id, err := shipping.OrderOf(ctx, c.Orders, p)
	if err != nil {
		return err
	}
	to, err := c.Orders.RecipientOf(ctx, id, p.TrackingNumber)
	if errors.Is(err, commercetools.ErrForeignParcel) {
		return function.Ignore("parcel-unknown")
	}
	if err != nil {
		return err
	}
	s.Carrier, s.TrackingNumber = p.Carrier, p.TrackingNumber
	return c.record(ctx, h, to, s)
}

func (c Customers) record(ctx context.Context, h event.Header, to commercetools.Recipient, s klaviyo.Shipment) error {
	if to.CustomerID == "" && to.Email == "" {
		return function.Ignore("no-profile")
	}
	s.OrderNumber, s.CustomerID, s.Email = to.OrderNumber, to.CustomerID, to.Email
	return c.Profiles.RecordShipment(ctx, h.ID, h.Time, s)
}
