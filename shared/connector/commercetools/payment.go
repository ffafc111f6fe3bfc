package commercetools

import (
	"context"
	"errors"
	"net/url"
	"time"

	"signalbox/shared/connector"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// Refunded is the result of a refund.
type Refunded string

// The outcomes of Refund.
const (
	// Requested: the payments hold the refund, added by this attempt or an earlier one.
	Requested Refunded = ""
	// NoPayment: the order has no payment that was charged or may be charged.
	NoPayment Refunded = "nothing-charged"
	// NothingLeft: everything that was charged is refunded, or a refund is pending.
	NothingLeft Refunded = "nothing-left-to-refund"
)

// Refund adds to the order's payments transactions of type Refund in the state
// Initial, for the payment integration to carry out:
// https://docs.commercetools.com/api/projects/payments#add-transaction
//
// The given name is their interaction id. A transaction with this name counts as
// done, whatever its state, so Refund can be repeated, and only a person repeats
// a failed refund. The amount is divided among the payments in the order of their
// references. No payment refunds more than it charged successfully and has not
// refunded; a pending refund counts as refunded. An amount beyond that is not
// refunded.
//
// Payments that charged in another currency or minor unit, that will be charged
// later, or that may not be read are Permanent errors. The client needs the scope
// ManagePayments.
func (c *Client) Refund(ctx context.Context, orderID, name string, amount retail.Money, at time.Time) (Refunded, error) {
	for range maxParts {
		outcome, parts := Requested, []part(nil)
		err := c.revise(ctx, func(ctx context.Context) (revision, error) {
			payments, err := c.payments(ctx, orderID)
			if err != nil {
				return revision{}, err
			}
			if parts, outcome, err = split(payments, name, amount); err != nil || len(parts) == 0 {
				return revision{}, err
			}
			first := parts[0]
			return revision{"/payments/" + url.PathEscape(first.id), first.version, []any{refund(name, first.amount, at)}}, nil
		})
		// One payment at a time: the next round reads the result of this one.
		if err != nil || len(parts) <= 1 {
			return outcome, err
		}
	}
	return "", fault.Unknown(System+"-refund", 0, errors.New("payments: expected the refunds that were added to them"))
}

// maxParts is the largest number of payments among which a refund is divided.
const maxParts = 20

// part is the share that one payment refunds.
type part struct {
	id      string
	version int64
	amount  retail.Money
}

// split divides an amount among payments.
func split(payments []orderPayment, name string, amount retail.Money) ([]part, Refunded, error) {
	left, outcome, awaited := amount.Amount, NoPayment, false
	var parts []part
	for _, p := range payments {
		b, err := p.balance(name, amount)
		if err != nil {
			return nil, "", err
		}
		if b.charged > 0 {
			outcome = NothingLeft
		}
		awaited = awaited || b.awaited
		left -= b.named
		if b.left > 0 {
			parts = append(parts, part{p.ID, p.Version, retail.Money{Currency: amount.Currency, Amount: b.left, FractionDigits: amount.FractionDigits}})
		}
	}
	if left < amount.Amount {
		outcome = Requested
	}
	var taken []part
	for _, p := range parts {
		if left <= 0 {
			break
		}
		p.amount.Amount = min(p.amount.Amount, left)
		left -= p.amount.Amount
		taken = append(taken, p)
	}
	if len(taken) == 0 && outcome == NoPayment && awaited {
		return nil, "", fault.Refuse(System+"-charge-pending", errors.New("payment: expected a charge before the refund"))
	}
	if len(taken) > 0 {
		outcome = Requested
	}
	return taken, outcome, nil
}

// payments returns the order's payments.
func (c *Client) payments(ctx context.Context, orderID string) ([]orderPayment, error) {
	body, err := c.OrderWithPayments(ctx, orderID)
	if err != nil {
		return nil, err
	}
	var o struct {
		ID          string `json:"id"`
		PaymentInfo *struct {
			Payments []struct {
				Obj *orderPayment `json:"obj"`
			} `json:"payments"`
		} `json:"paymentInfo"`
	}
	if err := strictjson.UnmarshalUpTo(connector.MaxBody, "order", body, &o); err != nil || o.ID != orderID {
		return nil, c.http.Unreadable(errors.New("expected the requested order"))
	}
	if o.PaymentInfo == nil {
		return nil, nil
	}
	var payments []orderPayment
	for _, reference := range o.PaymentInfo.Payments {
		switch p := reference.Obj; {
		case p == nil:
			// commercetools omits payments that the client may not read or that were deleted.
			return nil, fault.Refuse(System+"-payment-unreadable", errors.New("payment: expected one that exists and that the API client may read"))
		case p.ID == "" || p.Version < 1:
			return nil, c.http.Unreadable(errors.New("expected a payment"))
		default:
			payments = append(payments, *p)
		}
	}
	return payments, nil
}

// orderPayment holds the fields that are read of a Payment
// (types/payment/Payment.raml).
type orderPayment struct {
	ID           string `json:"id"`
	Version      int64  `json:"version"`
	Transactions []struct {
		Type          string `json:"type"`
		State         string `json:"state"`
		InteractionID string `json:"interactionId"`
		Amount        struct {
			Currency       string `json:"currencyCode"`
			Cents          *int64 `json:"centAmount"`
			FractionDigits int    `json:"fractionDigits"`
		} `json:"amount"`
	} `json:"transactions"`
}

// balance is the sum of the transactions of a payment.
type balance struct {
	// charged was charged successfully, left is the part that is not refunded.
	charged, left int64
	// named is the sum of the transactions with the refund's name, in any state.
	named int64
	// awaited: money is authorized, or its charge is pending.
	awaited bool
}

func (p orderPayment) balance(name string, unit retail.Money) (balance, error) {
	var b balance
	for _, t := range p.Transactions {
		ours := t.Type == "Refund" && t.InteractionID == name
		charge, back := t.Type == "Charge", t.Type == "Refund" || t.Type == "Chargeback"
		open := t.State == "Initial" || t.State == "Pending"
		b.awaited = b.awaited || charge && open || t.Type == "Authorization" && (open || t.State == "Success")
		if !ours && (!charge || t.State != "Success") && (!back || t.State == "Failure") {
			continue
		}
		cents := t.Amount.Cents
		switch {
		case cents == nil || *cents < 0:
			return b, fault.Refuse(System+"-payment-amount", errors.New("transaction of the payment: expected an amount of 0 or more"))
		case t.Amount.Currency != unit.Currency || t.Amount.FractionDigits != unit.FractionDigits:
			// Adding up currencies would need an agreed exchange rate.
			return b, fault.Refuse(System+"-payment-currency", errors.New("transaction of the payment: expected the order's currency and minor unit"))
		case b.charged+*cents < 0 || b.left-*cents > b.left || b.named+*cents < 0:
			return b, fault.Refuse(System+"-payment-amount", errors.New("transactions of the payment: expected a sum within 64 bits"))
		}
		if ours {
			b.named += *cents
		}
		switch {
		case charge:
			b.charged += *cents
			b.left += *cents
		case t.State != "Failure":
			b.left -= *cents
		}
	}
	return b, nil
}

func refund(name string, amount retail.Money, at time.Time) addTransaction {
	return addTransaction{Action: "addTransaction", Transaction: transactionDraft{
		Timestamp: at.UTC().Format("2006-01-02T15:04:05.000Z"), Type: "Refund", State: "Initial", InteractionID: name,
		Amount: centAmount{Currency: amount.Currency, Cents: amount.Amount},
	}}
}

// addTransaction is PaymentAddTransactionAction.
type addTransaction struct {
	Action      string           `json:"action"`
	Transaction transactionDraft `json:"transaction"`
}

type transactionDraft struct {
	Timestamp     string     `json:"timestamp"`
	Type          string     `json:"type"`
	State         string     `json:"state"`
	InteractionID string     `json:"interactionId"`
	Amount        centAmount `json:"amount"`
}

// centAmount is a Money as it is sent, without the fraction digits, which the
// currency defines (types/common/Money.raml).
type centAmount struct {
	Currency string `json:"currencyCode"`
	Cents    int64  `json:"centAmount"`
}
