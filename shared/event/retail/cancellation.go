package retail

import (
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// TypeOrderCancelled is the type of OrderCancelled.
const TypeOrderCancelled event.Type = "order.cancelled"

// OrderCancelled is the data of order.cancelled. A separate order.refunded
// reports the refund of what was paid.
type OrderCancelled struct {
	OrderID     string `json:"orderId"`
	OrderNumber string `json:"orderNumber"`
	// CustomerID is the customer's id in the shop; empty for a guest.
	CustomerID  string    `json:"customerId,omitzero"`
	CancelledAt time.Time `json:"cancelledAt"`
}

func (OrderCancelled) EventType() event.Type { return TypeOrderCancelled }
func (OrderCancelled) SchemaVersion() int    { return 1 }
func (p OrderCancelled) Subject() string     { return p.OrderID }
func (p OrderCancelled) Validate() error {
	switch {
	case p.OrderID == "":
		return fault.Field("data.orderId", "a non-empty string")
	case p.OrderNumber == "":
		return fault.Field("data.orderNumber", "a non-empty string")
	case p.CancelledAt.IsZero():
		return fault.Field("data.cancelledAt", "a time in RFC 3339")
	}
	return nil
}
