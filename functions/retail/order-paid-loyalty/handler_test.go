package main

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/voucherify/voucherifytest"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function/queue/queuetest"
)

// calls is a programme in USD that records its calls.
type calls struct {
	made []string
	err  error
}

func (c *calls) Counts(currency string) bool { return currency == "USD" }

func (c *calls) PayOrder(_ context.Context, o retail.Order, paid retail.Money) error {
	c.made = append(c.made, o.ID+" "+paid.Decimal())
	return c.err
}

func TestHandle(t *testing.T) {
	usd := retail.Money{Currency: "USD", Amount: 4999, FractionDigits: 2}
	for name, c := range map[string]struct {
		customer string
		paid     retail.Money
		fake     calls
		made     []string
		err      string
	}{
		"an order counts with what was paid":     {"c-1", usd, calls{}, []string{"o-1 49.99"}, ""},
		"a free order counts too":                {"c-1", retail.Money{Currency: "USD", FractionDigits: 2}, calls{}, []string{"o-1 0.00"}, ""},
		"a guest collects nothing":               {"", usd, calls{}, nil, "ignored: guest"},
		"another currency is not the programmes": {"c-1", retail.Money{Currency: "JPY", Amount: 4999}, calls{}, nil, "ignored: other-currency"},
		"a failure is reported":                  {"c-1", usd, calls{err: errors.New("broken")}, []string{"o-1 49.99"}, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			err := handler{programme: &c.fake}.handle(t.Context(), event.Event[retail.OrderPaid]{Data: retail.OrderPaid{
				Order: retail.Order{ID: "o-1", Customer: retail.Customer{ID: c.customer}}, Payment: retail.Payment{Amount: c.paid},
			}})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.made, c.fake.made); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every sample of order.paid, played twice, gives its points once and asks as
// Voucherify's document says. What exactly leaves stands in testdata.
// play returns how many effects the sample had.

// However often its event is handled, an order is worth what was paid; a guest's nothing.
func TestEverySampleGivesItsPointsOnce(t *testing.T) {
	for _, e := range queuetest.Samples[retail.OrderPaid](t) {
		double := voucherifytest.New()
		f := queuetest.New(t, "order-paid-loyalty", build, queuetest.Options{Doubles: []connectortest.Double{double}})
		for range 2 {
			f.Send(e)
			f.RunUntilSettled()
			f.EmptyLedger()
		}
		id := e.Data.Order.Customer.ID
		if effects := len(f.Effects()); effects != min(1, len(id)) || id != "" && double.Points(id) != e.Data.Payment.Amount.Amount/100 {
			t.Errorf("%d effects and %d points of an order of %s after %v", effects, double.Points(id), e.Data.Payment.Amount.Decimal(), f.Outcomes())
		}
	}
}
