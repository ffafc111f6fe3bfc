package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/retail/notification"
)

// shop knows the order A-1, whose id is o-1, and records its calls.
type shop struct {
	to          commercetools.Recipient
	calls       []string
	fails, deaf error
}

func (s *shop) OrderIDByNumber(_ context.Context, number string) (string, bool, error) {
	s.calls = append(s.calls, "order "+number)
	return "o-1", number == "A-1", nil
}

func (s *shop) Recipient(_ context.Context, id string) (commercetools.Recipient, error) {
	s.calls = append(s.calls, "who "+id)
	return s.to, s.fails
}

func (s *shop) RecipientOf(_ context.Context, id, tracking string) (commercetools.Recipient, error) {
	s.calls = append(s.calls, "who "+id+" "+tracking)
	return s.to, s.fails
}

func (s *shop) RecordShipment(_ context.Context, id string, _ time.Time, n klaviyo.Shipment) error {
	s.calls = append(s.calls, id+": "+n.Metric+" of "+n.OrderNumber+" by "+n.Carrier+" "+n.TrackingNumber+" to "+n.CustomerID+n.Email)
	return s.deaf
}

func TestHandle(t *testing.T) {
	down := fault.Retry("down", 0, errors.New("down"))
	customer, guest := commercetools.Recipient{OrderNumber: "A-1", CustomerID: "c-1"}, commercetools.Recipient{OrderNumber: "A-1", Email: "guest@example.com"}
	for _, c := range []struct {
		name        string
		to          commercetools.Recipient
		fails, deaf error
		calls       []string
		ignore      string
		err         error
	}{
		{"a customer is notified", customer, nil, nil, []string{"who o-1", "e-1: Fulfilled Order of A-1 by FedEx 1 to c-1"}, "", nil},
		{"a guest with an address is notified", guest, nil, nil, []string{"who o-1", "e-1: Fulfilled Order of A-1 by FedEx 1 to guest@example.com"}, "", nil},
		{"a customer without either is ignored", commercetools.Recipient{}, nil, nil, []string{"who o-1"}, "no-profile", nil},
		{"an order that cannot be read is passed on", customer, down, nil, []string{"who o-1"}, "", down},
		{"a failure is passed on", customer, nil, down, []string{"who o-1", "e-1: Fulfilled Order of A-1 by FedEx 1 to c-1"}, "", down},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shop{to: c.to, fails: c.fails, deaf: c.deaf}
			err := handler{notification.Customers{Orders: &s, Profiles: &s}}.handle(t.Context(), event.Event[retail.ShipmentCreated]{Header: event.Header{ID: "e-1"}, Data: retail.ShipmentCreated{OrderID: "o-1", Carrier: "FedEx", TrackingNumber: "1"}})
			if c.ignore != "" {
				if err == nil || err.Error() != function.Ignore(c.ignore).Error() {
					t.Errorf("error %v; want it ignored as %s", err, c.ignore)
				}
			} else if !errors.Is(err, c.err) {
				t.Errorf("error %v; want %v", err, c.err)
			}
			if diff := cmp.Diff(c.calls, s.calls); diff != "" {
				t.Error(diff)
			}
		})
	}
}
