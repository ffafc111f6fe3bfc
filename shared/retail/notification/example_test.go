package notification_test

import (
	"context"
	"fmt"
	"time"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/retail/notification"
)

// shop knows the order A-1 of one customer and its parcel 794.
type shop struct{}

func (shop) OrderIDByNumber(_ context.Context, number string) (string, bool, error) {
	return "order-1", number == "A-1", nil
}

func (shop) Recipient(context.Context, string) (commercetools.Recipient, error) {
	return commercetools.Recipient{OrderNumber: "A-1", CustomerID: "customer-1"}, nil
}

func (s shop) RecipientOf(ctx context.Context, orderID, parcel string) (commercetools.Recipient, error) {
	if parcel != "794" {
		return commercetools.Recipient{}, commercetools.ErrForeignParcel
	}
	return s.Recipient(ctx, orderID)
}

// profiles prints what is recorded.
type profiles struct{}

func (profiles) RecordShipment(_ context.Context, eventID string, _ time.Time, s klaviyo.Shipment) error {
	fmt.Println("recorded:", eventID, s.Metric, s.OrderNumber, s.CustomerID, s.TrackingNumber)
	return nil
}

// A carrier's report is recorded for the customer of the order. A parcel of another
// shop, or of no delivery of the order, is ignored.
func Example() {
	customers := notification.Customers{Orders: shop{}, Profiles: profiles{}}
	for _, p := range []retail.Parcel{
		{OrderNumber: "A-1", TrackingNumber: "794"},
		{OrderNumber: "A-1", TrackingNumber: "795"},
		{OrderNumber: "B-9", TrackingNumber: "796"},
	} {
		err := customers.Reported(context.Background(), event.Header{ID: "event-1"}, p, klaviyo.Shipment{Metric: klaviyo.DeliveredShipment})
		fmt.Println(err)
	}
	// Output:
	// recorded: event-1 Delivered Shipment A-1 customer-1 794
	// <nil>
	// ignored: parcel-unknown
	// ignored: order-unknown
}
