package main

import (
	"cmp"
	"context"
	"errors"

	"signalbox/shared/config"
	"signalbox/shared/connector/workday"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
)

type accounts interface {
	FindPayment(ctx context.Context, transactionNumber string) (string, bool, error)
	RecordPayment(ctx context.Context, p workday.Payment) (string, error)
}

type handler struct {
	accounts accounts
	// types by payment method and companies by currency; "*" is for all others.
	types, companies map[string]string
	customer         string
}

func newHandler(v config.Values, a accounts) (queue.Handler[retail.OrderPaid], error) {
	h := handler{accounts: a, customer: v.String("WORKDAY_CUSTOMER")}
	if !workday.IsID(h.customer) {
		return nil, errors.New("WORKDAY_CUSTOMER: expected a Workday id")
	}
	for name, into := range map[string]*map[string]string{"WORKDAY_PAYMENT_TYPES": &h.types, "WORKDAY_COMPANIES": &h.companies} {
		if err := v.JSON(name, into); err != nil {
			return nil, err
		}
		if len(*into) == 0 {
			return nil, errors.New(name + ": expected at least one Workday id")
		}
		for _, id := range *into {
			if !workday.IsID(id) {
				return nil, errors.New(name + ": expected Workday ids such as 32 hexadecimal digits")
			}
		}
	}
	return h.handle, nil
}

// handle records the payment with the order's number. A free order needs no payment, and
// Workday would refuse it.
func (h handler) handle(ctx context.Context, e event.Event[retail.OrderPaid]) error {
	if e.Data.Payment.Amount.Amount == 0 {
		return function.Ignore("nothing-paid")
	}
	return queue.Effect[retail.OrderPaid, string]{Ask: h.ask, Act: h.act}.Handle(ctx, e)
}

func (h handler) ask(ctx context.Context, e event.Event[retail.OrderPaid]) (string, bool, error) {
	return h.accounts.FindPayment(ctx, e.Data.Order.Number)
}

func (h handler) act(ctx context.Context, e event.Event[retail.OrderPaid]) (string, error) {
	order, payment := e.Data.Order, e.Data.Payment
	company := cmp.Or(h.companies[payment.Amount.Currency], h.companies["*"])
	if company == "" {
		return "", fault.Refuse("finance-company", errors.New("WORKDAY_COMPANIES: no company for "+payment.Amount.Currency))
	}
	kind := cmp.Or(h.types[payment.Method], h.types["*"])
	if kind == "" {
		return "", fault.Refuse("finance-payment-type", errors.New("WORKDAY_PAYMENT_TYPES: no payment type for the order's payment method"))
	}
	return h.accounts.RecordPayment(ctx, workday.Payment{
		Company: company, Type: kind, Customer: h.customer, Amount: payment.Amount, Date: payment.PaidAt,
		TransactionNumber: order.Number, Memo: "Order " + order.Number + ", event " + e.ID,
	})
}
