package commercetools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// The values of PaymentState (types/order/PaymentState.raml) that become an event.
const (
	paid       = "Paid"
	creditOwed = "CreditOwed"
)

// payment holds the fields that are read of a Payment (types/payment/Payment.raml).
type payment struct {
	InterfaceID string `json:"interfaceId"`
	MethodInfo  struct {
		PaymentInterface string `json:"paymentInterface"`
		Method           string `json:"method"`
	} `json:"paymentMethodInfo"`
	Transactions []struct {
		ID            string    `json:"id"`
		Timestamp     time.Time `json:"timestamp"`
		Type          string    `json:"type"`
		State         string    `json:"state"`
		Amount        *money    `json:"amount"`
		InteractionID string    `json:"interactionId"`
		InterfaceID   string    `json:"interfaceId"`
	} `json:"transactions"`
}

// paymentStateChanged reads the order, since the message holds only the state. The
// state in the message counts, not the current one.
func (s Source) paymentStateChanged(ctx context.Context, n notification) ([]event.Raw, error) {
	if err := s.aboutOrder(n); err != nil {
		return nil, err
	}
	state := n.PaymentState
	if n.PayloadNotIncluded == nil && state == "" {
		return nil, fault.Field("notification.paymentState", "the name of a payment state")
	}
	if state != "" && state != paid && state != creditOwed {
		return nil, ignored("payment", state)
	}
	data, err := s.Shop.OrderWithPayments(ctx, n.Resource.ID)
	if err != nil {
		return nil, err
	}
	o, err := decodeOrder(n, data, MaxOrderBytes)
	if err != nil {
		return nil, err
	}
	mapped, err := s.Fields.order(o)
	if err != nil {
		return nil, err
	}
	var raw event.Raw
	switch state = cmp.Or(state, o.PaymentState); state {
	case paid:
		raw, err = s.orderPaid(n, o, mapped)
	case creditOwed:
		raw, err = s.orderRefunded(n, o, mapped)
	default:
		return nil, ignored("payment", state)
	}
	if err != nil {
		return nil, err
	}
	return []event.Raw{raw}, nil
}

// orderPaid returns the order.paid of an order. Two messages may report it with
// different data, so it is always marked as refetched.
func (s Source) orderPaid(n notification, o order, mapped retail.Order) (event.Raw, error) {
	at := firstTime(n.CreatedAt, o.CreatedAt)
	sum, err := o.settlement(mapped.Total, at)
	if err != nil {
		return event.Raw{}, err
	}
	return event.New(event.Origin{
		Source: "/commercetools/" + n.ProjectKey, ID: o.ID + "/paid", Time: at, Refetched: true,
	}, retail.OrderPaid{Order: mapped, Payment: sum.Payment})
}

// orderRefunded returns the order.refunded of an order in the state CreditOwed. The
// payments determine the refunded sum; a cancelled order is refunded completely.
// Otherwise the sum is unknown and the message is refused: its redrive succeeds once
// the refund is recorded.
func (s Source) orderRefunded(n notification, o order, mapped retail.Order) (event.Raw, error) {
	at := firstTime(n.CreatedAt, o.CreatedAt)
	sum, err := o.settlement(mapped.Total, at)
	if err != nil {
		return event.Raw{}, err
	}
	back := sum.refunded
	switch {
	case back.Amount > 0:
	case o.OrderState == cancelled && sum.Amount.Amount > 0:
		back = sum.Amount
	default:
		return event.Raw{}, fault.Refuse("commercetools-refund-unknown",
			errors.New("order in the state CreditOwed: expected a refund in its payments, or a cancellation"))
	}
	return event.New(event.Origin{
		Source: "/commercetools/" + n.ProjectKey, ID: o.ID + "/refunded/" + strconv.FormatInt(back.Amount, 10), Time: at, Refetched: true,
	}, retail.OrderRefunded{
		OrderID: mapped.ID, OrderNumber: mapped.Number, CustomerID: mapped.Customer.ID,
		Paid: sum.Amount, Refunded: back, RefundedAt: at,
	})
}

// settlement is the sum of an order's payments.
type settlement struct {
	retail.Payment
	// charged is the sum of the known charges, refunded that of the refunds.
	charged, refunded retail.Money
}

// settlement adds up the successful transactions. If no charge is known, because the
// payments were not read or the order was paid another way, it assumes that the total
// was paid at the given time.
func (o order) settlement(total retail.Money, at time.Time) (settlement, error) {
	s := settlement{refunded: retail.Money{Currency: total.Currency, FractionDigits: total.FractionDigits}}
	s.Amount = s.refunded
	if o.PaymentInfo != nil {
		for i, reference := range o.PaymentInfo.Payments {
			if reference.Obj == nil {
				continue
			}
			if err := s.add(fmt.Sprintf("order.paymentInfo.payments[%d].obj", i), reference.Obj); err != nil {
				return s, err
			}
		}
	}
	if s.charged = s.Amount; s.Amount.Amount == 0 {
		s.Amount = total
	}
	if s.PaidAt.IsZero() {
		s.PaidAt = at.UTC()
	}
	return s, nil
}

func (s *settlement) add(field string, p *payment) error {
	for i, t := range p.Transactions {
		charge := t.Type == "Charge"
		if t.State != "Success" || !charge && t.Type != "Refund" && t.Type != "Chargeback" {
			continue
		}
		at := fmt.Sprintf("%s.transactions[%d].amount", field, i)
		amount, err := t.Amount.amount(at)
		if err != nil {
			return err
		}
		sum := &s.refunded
		if charge {
			sum = &s.Amount
		}
		switch {
		case amount.Amount < 0:
			return fault.Field(at+".centAmount", "0 or more")
		case amount.Currency != sum.Currency || amount.FractionDigits != sum.FractionDigits:
			// Adding up currencies would need an agreed exchange rate.
			return fault.Refuse("commercetools-payment-currency", errors.New(at+": expected the order's currency and minor unit"))
		case sum.Amount+amount.Amount < 0:
			return fault.Field(at+".centAmount", "an amount that can be added up")
		}
		sum.Amount += amount.Amount
		if charge && !t.Timestamp.Before(s.PaidAt) {
			s.PaidAt = t.Timestamp.UTC()
			s.Method, s.Provider, s.Reference = p.MethodInfo.Method, p.MethodInfo.PaymentInterface, p.InterfaceID
			s.Transaction = cmp.Or(t.InterfaceID, t.InteractionID)
		}
	}
	return nil
}
