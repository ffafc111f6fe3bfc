package retail_test

import (
	"testing"
	"time"

	"signalbox/shared/event/retail"
)

func paid() retail.OrderPaid {
	return retail.OrderPaid{Order: order(), Payment: retail.Payment{Amount: order().Total, PaidAt: order().PlacedAt}}
}

func refunded() retail.OrderRefunded {
	return retail.OrderRefunded{
		OrderID: "o-1", OrderNumber: "A-1", CustomerID: "c-1",
		Paid: order().Total, Refunded: retail.Money{Currency: "EUR", Amount: 1500, FractionDigits: 2},
		RefundedAt: time.Date(2026, 2, 9, 8, 0, 0, 0, time.UTC),
	}
}

func TestOrderPaidRules(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*retail.OrderPaid)
		want   string // "" for none
	}{
		"nothing, where all is free":    {func(p *retail.OrderPaid) { p.Order.Total.Amount, p.Payment.Amount.Amount = 0, 0 }, ""},
		"more than the order costs":     {func(p *retail.OrderPaid) { p.Payment.Amount.Amount = 5000 }, ""},
		"an order that is one":          {func(p *retail.OrderPaid) { p.Order.ID = "" }, "order.id: expected a non-empty string"},
		"a currency":                    {func(p *retail.OrderPaid) { p.Payment.Amount.Currency = "" }, "payment.amount.currency: expected an ISO 4217 code such as EUR"},
		"the order's currency":          {func(p *retail.OrderPaid) { p.Payment.Amount.Currency = "USD" }, "payment.amount: expected an amount in the order's currency and minor unit"},
		"the order's minor unit":        {func(p *retail.OrderPaid) { p.Payment.Amount.FractionDigits = 3 }, "payment.amount: expected an amount in the order's currency and minor unit"},
		"an amount that is not below 0": {func(p *retail.OrderPaid) { p.Payment.Amount.Amount = -1 }, "payment.amount.amount: expected 0 or more"},
		"a time":                        {func(p *retail.OrderPaid) { p.Payment.PaidAt = time.Time{} }, "payment.paidAt: expected a time in RFC 3339"},
	} {
		t.Run(name, func(t *testing.T) {
			p := paid()
			c.change(&p)
			if c.want != "" {
				refused(t, p, "data."+c.want)
			} else if err := p.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOrderRefundedRules(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*retail.OrderRefunded)
		want   string // "" for none
	}{
		"no customer, for a guest":          {func(p *retail.OrderRefunded) { p.CustomerID = "" }, ""},
		"more than was paid, as a goodwill": {func(p *retail.OrderRefunded) { p.Refunded.Amount = 9000 }, ""},
		"an order":                          {func(p *retail.OrderRefunded) { p.OrderID = "" }, "orderId: expected a non-empty string"},
		"an order's number":                 {func(p *retail.OrderRefunded) { p.OrderNumber = "" }, "orderNumber: expected a non-empty string"},
		"a time":                            {func(p *retail.OrderRefunded) { p.RefundedAt = time.Time{} }, "refundedAt: expected a time in RFC 3339"},
		"a currency of what was paid":       {func(p *retail.OrderRefunded) { p.Paid.Currency = "eur" }, "paid.currency: expected an ISO 4217 code such as EUR"},
		"a currency of what went back":      {func(p *retail.OrderRefunded) { p.Refunded.Currency = "eur" }, "refunded.currency: expected an ISO 4217 code such as EUR"},
		"one currency":                      {func(p *retail.OrderRefunded) { p.Refunded.Currency = "USD" }, "refunded: expected an amount in the currency and minor unit of what was paid"},
		"one minor unit":                    {func(p *retail.OrderRefunded) { p.Refunded.FractionDigits = 0 }, "refunded: expected an amount in the currency and minor unit of what was paid"},
		"a payment that is not below 0":     {func(p *retail.OrderRefunded) { p.Paid.Amount = -1 }, "paid.amount: expected 0 or more"},
		"a refund of something":             {func(p *retail.OrderRefunded) { p.Refunded.Amount = 0 }, "refunded.amount: expected a whole number above 0"},
		"a refund that goes back":           {func(p *retail.OrderRefunded) { p.Refunded.Amount = -1500 }, "refunded.amount: expected a whole number above 0"},
	} {
		t.Run(name, func(t *testing.T) {
			p := refunded()
			c.change(&p)
			if c.want != "" {
				refused(t, p, "data."+c.want)
			} else if err := p.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRefundIsWholeWhenNothingIsLeft(t *testing.T) {
	for refund, want := range map[int64]bool{3999: false, 4000: true, 4001: true} {
		p := refunded()
		p.Refunded.Amount = refund
		if p.Whole() != want {
			t.Errorf("%d of %d: whole %t", refund, p.Paid.Amount, !want)
		}
	}
}
