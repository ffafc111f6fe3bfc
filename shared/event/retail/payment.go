package retail

import (
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// Types of the events about money.
const (
	TypeOrderPaid     event.Type = "order.paid"
	TypeOrderRefunded event.Type = "order.refunded"
)

// Payment is how an order was paid, as far as the shop knows.
type Payment struct {
	// Amount is the paid amount in the order's currency; 0 if everything was free.
	Amount Money `json:"amount"`
	// Method is the shop's name of the payment method, such as "CREDIT_CARD"; empty
	// if unknown.
	Method string `json:"method,omitzero"`
	// Provider is the shop's name of the payment provider, such as "STRIPE"; empty
	// if unknown.
	Provider string `json:"provider,omitzero"`
	// Reference is the provider's id of the payment; empty if unknown.
	Reference string `json:"reference,omitzero"`
	// Transaction is the provider's id of the last charge; empty if unknown.
	Transaction string    `json:"transaction,omitzero"`
	PaidAt      time.Time `json:"paidAt"`
}

// OrderPaid is the data of order.paid: an order was paid in full. It is emitted
// once per order, however often the shop reports it.
type OrderPaid struct {
	Order   Order   `json:"order"`
	Payment Payment `json:"payment"`
}

func (OrderPaid) EventType() event.Type { return TypeOrderPaid }
func (OrderPaid) SchemaVersion() int    { return 1 }
func (p OrderPaid) Subject() string     { return p.Order.ID }
func (p OrderPaid) Validate() error {
	if err := p.Order.validate("data.order"); err != nil {
		return err
	}
	if err := p.Payment.Amount.validate("data.payment.amount"); err != nil {
		return err
	}
	switch {
	case !p.Payment.Amount.comparable(p.Order.Total):
		return fault.Field("data.payment.amount", "an amount in the order's currency and minor unit")
	case p.Payment.Amount.Amount < 0:
		return fault.Field("data.payment.amount.amount", "0 or more")
	case p.Payment.PaidAt.IsZero():
		return fault.Field("data.payment.paidAt", "a time in RFC 3339")
	}
	return nil
}

// OrderRefunded is the data of order.refunded: a paid order was refunded, in part
// or in full, or a refund is due because the order was cancelled.
type OrderRefunded struct {
	OrderID     string `json:"orderId"`
	OrderNumber string `json:"orderNumber"`
	// CustomerID is the customer's id in the shop; empty for a guest.
	CustomerID string `json:"customerId,omitzero"`
	// Paid is the payment of the order.
	Paid Money `json:"paid"`
	// Refunded is the sum of all refunds of the order so far.
	Refunded   Money     `json:"refunded"`
	RefundedAt time.Time `json:"refundedAt"`
}

// Whole reports whether the whole payment was refunded.
func (p OrderRefunded) Whole() bool { return p.Refunded.Amount >= p.Paid.Amount }

func (OrderRefunded) EventType() event.Type { return TypeOrderRefunded }
func (OrderRefunded) SchemaVersion() int    { return 1 }
func (p OrderRefunded) Subject() string     { return p.OrderID }
func (p OrderRefunded) Validate() error {
	switch {
	case p.OrderID == "":
		return fault.Field("data.orderId", "a non-empty string")
	case p.OrderNumber == "":
		return fault.Field("data.orderNumber", "a non-empty string")
	case p.RefundedAt.IsZero():
		return fault.Field("data.refundedAt", "a time in RFC 3339")
	}
	if err := p.Paid.validate("data.paid"); err != nil {
		return err
	}
	if err := p.Refunded.validate("data.refunded"); err != nil {
		return err
	}
	switch {
	case !p.Refunded.comparable(p.Paid):
		return fault.Field("data.refunded", "an amount in the currency and minor unit of what was paid")
	case p.Paid.Amount < 0:
		return fault.Field("data.paid.amount", "0 or more")
	case p.Refunded.Amount < 1:
		return fault.Field("data.refunded.amount", "a whole number above 0")
	}
	return nil
}

// comparable reports whether amounts count the same unit.
func (m Money) comparable(other Money) bool {
	return m.Currency == other.Currency && m.FractionDigits == other.FractionDigits
}
