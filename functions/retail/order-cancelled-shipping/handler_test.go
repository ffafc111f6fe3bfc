package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/fedex"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/retail/shipping"
	"signalbox/shared/state"
)

// fake is a carrier that records its calls.
type fake struct {
	calls          []string
	found          bool
	find, withdraw error
}

func (f *fake) FindShipment(_ context.Context, id string, since, at time.Time) (fedex.Shipment, bool, error) {
	f.calls = append(f.calls, "find "+id+" "+since.Format(time.DateOnly)+" "+at.Format(time.DateOnly))
	return fedex.Shipment{TrackingNumber: "found"}, f.found, f.find
}

func (f *fake) Withdraw(_ context.Context, id, tracking string, since, at time.Time) error {
	f.calls = append(f.calls, "withdraw "+id+" "+tracking+" "+since.Format(time.DateOnly)+" "+at.Format(time.DateOnly))
	return f.withdraw
}

func TestHandle(t *testing.T) {
	gone := fault.Refuse(fedex.Gone, errors.New("picked up"))
	broken := fault.Retry("fedex-503", 0, errors.New("broken"))
	const find, days = "find e-1 2026-11-20 2026-11-22", " 2026-11-20 2026-11-22"
	take := func(s shipping.Shipments) {
		_, _ = s.Begin(context.Background(), "o-1", "e-1", time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC))
	}
	shipped := func(s shipping.Shipments) {
		take(s)
		_, _ = s.Made(context.Background(), "o-1", "e-1", "794")
	}
	for _, c := range []struct {
		name   string
		before func(shipping.Shipments)
		fake   fake
		calls  []string
		ignore string
		reason string
	}{
		{"an order nobody ships asks FedEx nothing", func(shipping.Shipments) {}, fake{}, nil, "nothing-shipped", ""},
		{"what was shipped is cancelled", shipped, fake{}, []string{"withdraw e-1 794" + days}, "", ""},
		{"what is being shipped and shows already is cancelled", take, fake{found: true}, []string{find, "withdraw e-1 found" + days}, "", ""},
		{"what is being shipped and does not show is left to who ships it", take, fake{}, []string{find}, "left-to-shipping", ""},
		{"what cannot be looked up is looked up later", take, fake{find: broken}, []string{find}, "", "fedex-503"},
		{"what cannot be cancelled now is cancelled later", shipped, fake{withdraw: broken}, []string{"withdraw e-1 794" + days}, "", "fedex-503"},
		{"what FedEx has is dead-lettered", shipped, fake{withdraw: gone}, []string{"withdraw e-1 794" + days}, "", fedex.Gone},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shipping.New(state.NewMemory(time.Now))
			c.before(s)
			err := handler{carrier: &c.fake, shipments: s, now: func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }}.
				handle(t.Context(), event.Event[retail.OrderCancelled]{Data: retail.OrderCancelled{OrderID: "o-1"}})
			switch {
			case c.ignore != "" && (err == nil || err.Error() != function.Ignore(c.ignore).Error()):
				t.Errorf("error %v; want it ignored as %s", err, c.ignore)
			case c.reason != "" && (fault.Of(err) == nil || fault.Of(err).Reason != c.reason):
				t.Errorf("error %v; want %s", err, c.reason)
			case c.ignore == "" && c.reason == "" && err != nil:
				t.Error(err)
			}
			if diff := cmp.Diff(c.calls, c.fake.calls); diff != "" {
				t.Error(diff)
			}
			if is, err := s.Begin(t.Context(), "o-1", "e-1", time.Now()); err != nil || !is.Cancelled {
				t.Errorf("the order may ship after it was cancelled: %+v, %v", is, err)
			}
		})
	}
}
