package commercetools

import (
	"context"
	"errors"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// notFound is the reason for an order that was deleted in commercetools.
const notFound = "commercetools-ResourceNotFound"

// paymentTransaction reads the order of the payment, since the message holds neither
// the whole transaction nor the rest that is due.
func (s Source) paymentTransaction(ctx context.Context, n notification) ([]event.Raw, error) {
	if err := s.ours(n); err != nil {
		return nil, err
	}
	transaction, err := n.transaction()
	if err != nil {
		return nil, err
	}
	found, err := s.Shop.OrdersOfPayment(ctx, n.Resource.ID)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, &Ignored{"payment-without-order"}
	case len(found) > 1:
		// It is unknown how several orders share a sum.
		return nil, fault.Refuse("commercetools-payment-shared", errors.New("payment: expected one order"))
	}
	var o order
	if err := strictjson.UnmarshalUpTo(MaxOrderBytes, "order", found[0], &o); err != nil {
		return nil, err
	}
	if o.ID == "" {
		return nil, fault.Field("order.id", "a non-empty string")
	}
	kind, state, err := o.transaction(n.Resource.ID, transaction)
	if err != nil {
		return nil, err
	}
	if state != "Success" || kind != "Charge" && kind != "Refund" && kind != "Chargeback" {
		return nil, ignored("payment-transaction", kind, state)
	}
	mapped, err := s.Fields.order(o)
	if err != nil {
		return nil, err
	}
	covered, err := o.covered(mapped)
	if err != nil {
		return nil, err
	}
	var raw event.Raw
	switch {
	case !covered:
		return nil, &Ignored{"payment-partial"}
	case kind == "Charge" && o.chargedBefore(n.Resource.ID, transaction) >= mapped.Total.Amount:
		return nil, &Ignored{"payment-covered"}
	case kind == "Charge":
		raw, err = s.orderPaid(n, o, mapped)
	default:
		raw, err = s.orderRefunded(n, o, mapped)
	}
	if err != nil {
		return nil, err
	}
	return []event.Raw{raw}, nil
}

// transaction checks the fields of a message about a payment and returns the id of
// the transaction in it.
func (n notification) transaction() (string, error) {
	switch {
	case n.ID == "":
		return "", fault.Field("notification.id", "a non-empty string")
	case n.Resource.TypeID != "payment":
		return "", fault.Field("notification.resource.typeId", `"payment"`)
	case n.Resource.ID == "":
		return "", fault.Field("notification.resource.id", "a non-empty string")
	case n.TransactionID != "":
		return n.TransactionID, nil
	case n.messageType() == "PaymentTransactionStateChanged" || len(n.Transaction) == 0:
		return "", fault.Field("notification.transactionId", "a non-empty string")
	}
	var t struct {
		ID string `json:"id"`
	}
	if err := strictjson.Unmarshal("notification.transaction", n.Transaction, &t); err != nil {
		return "", err
	}
	if t.ID == "" {
		return "", fault.Field("notification.transaction.id", "a non-empty string")
	}
	return t.ID, nil
}

// transaction returns type and state of a transaction of the order's payments.
func (o order) transaction(payment, id string) (kind, state string, err error) {
	if o.PaymentInfo != nil {
		for _, reference := range o.PaymentInfo.Payments {
			if reference.ID != payment {
				continue
			}
			if reference.Obj == nil {
				return "", "", fault.Refuse("commercetools-payment-unreadable", errors.New("payment: expected it with its order: the API client needs view_payments"))
			}
			for _, t := range reference.Obj.Transactions {
				if t.ID == id {
					return t.Type, t.State, nil
				}
			}
		}
	}
	return "", "", fault.Field("order.paymentInfo.payments", "the payment and the transaction of the message")
}

// covered reports whether known charges pay for the whole order. A free order has no
// charge.
func (o order) covered(mapped retail.Order) (bool, error) {
	sum, err := o.settlement(mapped.Total, o.CreatedAt)
	if err != nil {
		return false, err
	}
	return sum.charged.Amount > 0 && sum.charged.Amount >= mapped.Total.Amount, nil
}

// chargedBefore adds up the successful charges that the order lists before the
// transaction. If they cover the order, they have already caused its order.paid,
// perhaps so long ago that the ledger would not recognize the duplicate.
func (o order) chargedBefore(payment, id string) int64 {
	var sum int64
	for _, reference := range o.PaymentInfo.Payments {
		if reference.Obj == nil {
			continue
		}
		for _, t := range reference.Obj.Transactions {
			if reference.ID == payment && t.ID == id {
				return sum
			}
			if t.Type == "Charge" && t.State == "Success" {
				sum += *t.Amount.CentAmount
			}
		}
	}
	return sum
}

// paidAtCreation reports whether a created order is paid, by its payment state or its
// payments: these were made before the order, and their messages found no order. Only
// for the payments the order is read again, and returned with them.
func (s Source) paidAtCreation(ctx context.Context, n notification, o order) (order, bool, error) {
	switch {
	case o.PaymentState == paid || o.PaymentState == creditOwed:
		// An order that is in the state CreditOwed when it is read was paid before.
		return o, true, nil
	case o.PaymentInfo == nil || len(o.PaymentInfo.Payments) == 0:
		return o, false, nil
	}
	data, err := s.Shop.OrderWithPayments(ctx, o.ID)
	if f := fault.Of(err); f != nil && f.Reason == notFound {
		// It was deleted meanwhile; the message still reports its creation.
		return o, false, nil
	}
	if err != nil {
		return o, false, err
	}
	whole, err := decodeOrder(n, data, MaxOrderBytes)
	if err != nil {
		return o, false, err
	}
	mapped, err := s.Fields.order(whole)
	if err != nil {
		return o, false, err
	}
	covered, err := whole.covered(mapped)
	return whole, covered, err
}
