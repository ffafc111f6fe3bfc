package main

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// ordersFunc is an orders client made of a function.
type ordersFunc func(orderID string, d commercetools.Delivery) error

func (f ordersFunc) AddDelivery(_ context.Context, orderID string, d commercetools.Delivery) error {
	return f(orderID, d)
}

func shipment(t *testing.T) event.Event[retail.ShipmentCreated] {
	t.Helper()
	body, err := os.ReadFile("../../../events-samples/signalbox/shipment.created.json")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := event.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.As[retail.ShipmentCreated](raw)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestShipmentBecomesADeliveryOfItsOrder(t *testing.T) {
	e := shipment(t)
	want := commercetools.Delivery{
		Key:        "signalbox-" + e.ID,
		Items:      []commercetools.DeliveryItem{{ID: e.Data.Lines[0].ID, Quantity: e.Data.Lines[0].Quantity}, {ID: e.Data.Lines[1].ID, Quantity: e.Data.Lines[1].Quantity}},
		TrackingID: e.Data.TrackingNumber,
		Carrier:    "FedEx",
	}
	for range 2 {
		var got commercetools.Delivery
		h := handler{orders: ordersFunc(func(orderID string, d commercetools.Delivery) error {
			if orderID != e.Data.OrderID {
				t.Errorf("order %s; want %s", orderID, e.Data.OrderID)
			}
			got = d
			return nil
		})}
		if err := h.handle(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestFailureIsPassedOnAsItIs(t *testing.T) {
	want := errors.New("no")
	h := handler{orders: ordersFunc(func(string, commercetools.Delivery) error { return want })}
	if err := h.handle(t.Context(), shipment(t)); err != want {
		t.Errorf("handle: %v; want %v", err, want)
	}
}
