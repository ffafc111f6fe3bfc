package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/retail/shipping"
	"signalbox/shared/state"
)

// shop knows the order A-1, whose id is o-1, and records its calls.
type shop struct {
	calls []string
	err   error
}

func (s *shop) OrderIDByNumber(_ context.Context, number string) (string, bool, error) {
	s.calls = append(s.calls, "order "+number)
	return "o-1", number == "A-1", nil
}

func (s *shop) MarkDelivered(_ context.Context, id, tracking string, arrived []string) error {
	s.calls = append(s.calls, "delivered "+id+" "+tracking+" of "+strings.Join(arrived, ","))
	return s.err
}

func TestHandle(t *testing.T) {
	foreign := fault.Refuse("commercetools-parcel-foreign", commercetools.ErrForeignParcel)
	down := fault.Retry("commercetools-503", 0, errors.New("down"))
	for _, c := range []struct {
		name    string
		parcel  retail.Parcel
		arrived string
		fails   error
		calls   []string
		ignore  string
		err     error
	}{
		{"an order known by its id is not looked up", retail.Parcel{OrderID: "o-1", TrackingNumber: "1"}, "", nil, []string{"delivered o-1 1 of 1"}, "", nil},
		{"an order known by its number is", retail.Parcel{OrderNumber: "A-1", TrackingNumber: "1"}, "", nil, []string{"order A-1", "delivered o-1 1 of 1"}, "", nil},
		{"what arrived before counts", retail.Parcel{OrderID: "o-1", TrackingNumber: "1"}, "2", nil, []string{"delivered o-1 1 of 1,2"}, "", nil},
		{"a parcel that arrives again counts once", retail.Parcel{OrderID: "o-1", TrackingNumber: "1"}, "1", nil, []string{"delivered o-1 1 of 1"}, "", nil},
		{"an order of another shop is ignored", retail.Parcel{OrderNumber: "B-9", TrackingNumber: "1"}, "", nil, []string{"order B-9"}, "order-unknown", nil},
		{"a parcel that names no order is ignored", retail.Parcel{TrackingNumber: "1"}, "", nil, nil, "order-unknown", nil},
		{"a parcel that comes back is ignored", retail.Parcel{OrderID: "o-1", TrackingNumber: "1"}, "", foreign, []string{"delivered o-1 1 of 1"}, "parcel-unknown", nil},
		{"a failure is passed on", retail.Parcel{OrderID: "o-1", TrackingNumber: "1"}, "", down, []string{"delivered o-1 1 of 1"}, "", down},
	} {
		t.Run(c.name, func(t *testing.T) {
			shipments := shipping.New(state.NewMemory(time.Now))
			if c.arrived != "" {
				if _, err := shipments.Arrived(t.Context(), "o-1", c.arrived); err != nil {
					t.Fatal(err)
				}
			}
			s := shop{err: c.fails}
			err := handler{orders: &s, shipments: shipments}.handle(t.Context(), event.Event[retail.ShipmentDelivered]{Data: retail.ShipmentDelivered{Parcel: c.parcel}})
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
