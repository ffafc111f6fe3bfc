package commercetools

import (
	"errors"
	"testing"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// cancelledOrder is the order that order-cancelled.json is about.
func cancelledOrder(t testing.TB) object {
	n := decode(t, sample(t, "order-cancelled.json"))
	id := n["resource"].(object)["id"]
	return with(with(with(theOrder(t), "orderState", "Cancelled"), "id", id), "orderNumber", "SB-20431")
}

func TestOrderStateBecomesOrderCancelled(t *testing.T) {
	whole := decode(t, sample(t, "order-cancelled.json"))
	left := with(with(whole, "orderState", nil), "payloadNotIncluded", object{"reason": "Payload too large.", "payloadType": "OrderStateChanged"})
	for name, c := range map[string]struct {
		message object
		order   object
		ignored string // "" where it becomes an event
	}{
		"an order that is cancelled":                       {whole, cancelledOrder(t), ""},
		"a message without payload is what the order says": {left, cancelledOrder(t), ""},
		"an order that was opened again is not":            {whole, with(cancelledOrder(t), "orderState", "Open"), "order-Open"},
		"a message without payload of an open order":       {left, with(cancelledOrder(t), "orderState", "Confirmed"), "order-Confirmed"},
		"another state is not, whatever the order is now":  {with(whole, "orderState", "Complete"), cancelledOrder(t), "order-Complete"},
	} {
		t.Run(name, func(t *testing.T) {
			s := source(t)
			s.Shop = fetch(func(string) ([]byte, error) { return encode(t, c.order), nil })
			events, err := s.Open(t.Context(), encode(t, c.message))
			var ignored *Ignored
			switch {
			case c.ignored != "" && (!errors.As(err, &ignored) || ignored.Reason != c.ignored):
				t.Errorf("Open: %v; want it ignored as %s", err, c.ignored)
			case c.ignored == "" && (err != nil || len(events) != 1 || !events[0].Refetched):
				t.Errorf("Open = %+v, %v", events, err)
			case c.ignored == "":
				if e, err := event.As[retail.OrderCancelled](events[0]); err != nil || e.Data.OrderNumber != "SB-20431" || e.Data.CustomerID == "" {
					t.Errorf("%+v, %v", e.Data, err)
				}
			}
		})
	}
}

func TestOrderStateThatCannotBeUnderstood(t *testing.T) {
	whole := decode(t, sample(t, "order-cancelled.json"))
	for name, c := range map[string]struct {
		message object
		fetched func(string) ([]byte, error)
		kind    fault.Kind
	}{
		"a message without a state":       {with(whole, "orderState", nil), nil, fault.Invalid},
		"a message about something else":  {with(whole, "resource", object{"typeId": "cart", "id": "c"}), nil, fault.Invalid},
		"a message of another project":    {with(whole, "projectKey", "other"), nil, fault.Permanent},
		"another order than was asked of": {whole, func(string) ([]byte, error) { return encode(t, theOrder(t)), nil }, fault.Invalid},
		"an order that cannot be read":    {whole, func(string) ([]byte, error) { return nil, fault.Retry("down", 0, nil) }, fault.Retryable},
	} {
		t.Run(name, func(t *testing.T) {
			s := source(t)
			s.Shop = fetch(c.fetched)
			if events, err := s.Open(t.Context(), encode(t, c.message)); fault.KindOf(err) != c.kind {
				t.Errorf("Open = %d events, %v", len(events), err)
			}
		})
	}
}
