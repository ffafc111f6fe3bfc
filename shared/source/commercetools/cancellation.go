package commercetools

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// cancelled is the value of OrderState (types/order/OrderState.raml) that becomes an
// event.
const cancelled = "Cancelled"

// orderStateChanged reads the order, since the message has neither its number nor its
// customer. An order that was opened again meanwhile is not cancelled.
func (s Source) orderStateChanged(ctx context.Context, n notification) ([]event.Raw, error) {
	if err := s.aboutOrder(n); err != nil {
		return nil, err
	}
	if n.PayloadNotIncluded == nil && n.OrderState == "" {
		return nil, fault.Field("notification.orderState", "the name of an order state")
	}
	if n.OrderState != "" && n.OrderState != cancelled {
		return nil, ignored("order", n.OrderState)
	}
	data, err := s.Shop.Order(ctx, n.Resource.ID)
	if err != nil {
		return nil, err
	}
	o, err := decodeOrder(n, data, MaxOrderBytes)
	if err != nil {
		return nil, err
	}
	if o.OrderState != cancelled {
		return nil, ignored("order", o.OrderState)
	}
	at := firstTime(n.CreatedAt, o.CreatedAt)
	raw, err := event.New(event.Origin{
		Source: "/commercetools/" + n.ProjectKey, ID: n.ID, Time: at, Refetched: true,
	}, retail.OrderCancelled{
		OrderID: o.ID, OrderNumber: o.number(), CustomerID: o.CustomerID, CancelledAt: at.UTC(),
	})
	if err != nil {
		return nil, err
	}
	return []event.Raw{raw}, nil
}
