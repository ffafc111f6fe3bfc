package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// fake is a shop that records its calls.
type fake struct {
	outcome commercetools.Refunded
	err     error
	asked   string
}

func (f *fake) Refund(_ context.Context, orderID, name string, amount retail.Money, at time.Time) (commercetools.Refunded, error) {
	f.asked = fmt.Sprint(orderID, " ", name, " ", amount.Decimal(), " ", amount.Currency, " ", at.Format(time.DateOnly))
	return f.outcome, f.err
}

func TestHandle(t *testing.T) {
	const asked = "o-1 i-1 7.56 USD 2026-03-20"
	value := func(cents int64) *retail.Money {
		return &retail.Money{Currency: "USD", Amount: cents, FractionDigits: 2}
	}
	for name, c := range map[string]struct {
		condition retail.Condition
		value     *retail.Money
		settled   string
		fake      fake
		asked     string
		err       string
	}{
		"what arrived is refunded":               {retail.Returned, value(756), "", fake{}, asked, ""},
		"what can be sold again is":              {retail.BackInStock, value(756), "", fake{}, asked, ""},
		"what is unusable is":                    {retail.Unusable, value(756), "", fake{}, asked, ""},
		"what the shop refunded already is not":  {retail.Returned, value(756), "refunded", fake{}, "", "ignored: refunded"},
		"what the shop will not refund is not":   {retail.Returned, value(756), "not-refunded", fake{}, "", "ignored: not-refunded"},
		"what was a gift is not":                 {retail.Returned, value(0), "", fake{}, "", "ignored: nothing-to-refund"},
		"what nobody can value is a person's":    {retail.Returned, nil, "", fake{}, "", "refund-unknown: returned pieces: expected a value, which an order with a discount on its total does not have: a person decides"},
		"what nobody can value but is settled":   {retail.Returned, nil, "non-refundable", fake{}, "", "ignored: non-refundable"},
		"what nobody was charged for is ignored": {retail.Returned, value(756), "", fake{outcome: commercetools.NoPayment}, asked, "ignored: nothing-charged"},
		"what went back already is ignored":      {retail.Returned, value(756), "", fake{outcome: commercetools.NothingLeft}, asked, "ignored: nothing-left-to-refund"},
		"a failure is reported":                  {retail.Returned, value(756), "", fake{outcome: commercetools.NoPayment, err: errors.New("broken")}, asked, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			e := event.Event[retail.ReturnReceived]{Data: retail.ReturnReceived{
				OrderID: "o-1", Item: retail.ReturnItem{ID: "i-1", Condition: c.condition}, Value: c.value, Settled: c.settled,
				ReceivedAt: time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC),
			}}
			handle, err := newHandler(config.Static(map[string]string{"RETURN_REFUND_ON": "receipt"}, nil), &c.fake)
			if err != nil {
				t.Fatal(err)
			}
			err = handle(t.Context(), e)
			if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err || c.fake.asked != c.asked {
				t.Errorf("asked %q, %v; want %q, %s", c.fake.asked, err, c.asked, c.err)
			}
			if c.value == nil && c.settled == "" && fault.KindOf(err) != fault.Permanent {
				t.Errorf("%v is tried again", err)
			}
		})
	}
}

func TestWhenARefundIsDue(t *testing.T) {
	for when, want := range map[string]string{
		"receipt": "returned back-in-stock unusable ", "judgement": "back-in-stock unusable ", "back-in-stock": "back-in-stock ", "never": "",
	} {
		var got string
		for _, condition := range []retail.Condition{retail.Returned, retail.BackInStock, retail.Unusable} {
			var f fake
			handle, err := newHandler(config.Static(map[string]string{"RETURN_REFUND_ON": when}, nil), &f)
			if err != nil {
				t.Fatal(err)
			}
			err = handle(t.Context(), event.Event[retail.ReturnReceived]{Data: retail.ReturnReceived{
				Item: retail.ReturnItem{Condition: condition}, Value: &retail.Money{Currency: "USD", Amount: 1, FractionDigits: 2},
			}})
			switch {
			case f.asked != "":
				got += string(condition) + " "
			case err == nil || err.Error() != "ignored: not-on-"+string(condition):
				t.Errorf("%s, %s: %v", when, condition, err)
			}
		}
		if got != want {
			t.Errorf("on %s: %s; want %s", when, got, want)
		}
	}
	if _, err := newHandler(config.Static(map[string]string{"RETURN_REFUND_ON": "Sunday"}, nil), &fake{}); err == nil {
		t.Error("a time there is not is taken")
	}
}
