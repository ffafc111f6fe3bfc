package shipping

import (
	"context"

	"signalbox/shared/event/retail"
	"signalbox/shared/function"
)

// Orders finds orders by the number people use.
type Orders interface {
	OrderIDByNumber(ctx context.Context, number string) (string, bool, error)
}

// OrderOf returns the id of the order that a parcel is said to belong to. A
// carrier's account ships other things too: a parcel that names no order of the
// shop is ignored as order-unknown.
func OrderOf(ctx context.Context, orders Orders, p retail.Parcel) (string, error) {
	if p.OrderID != "" {
		return p.OrderID, nil
	}
	if p.OrderNumber == "" {
		return "", function.Ignore("order-unknown")
	}
	id, ok, err := orders.OrderIDByNumber(ctx, p.OrderNumber)
	if err == nil && !ok {
		err = function.Ignore("order-unknown")
	}
	return id, err
}
