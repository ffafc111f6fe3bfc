package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/source/commercetools"
)

func TestCartsGetWhatTheyHaveARightToOnce(t *testing.T) {
	ps := promotions{
		{Name: "big", Currency: "USD", Minimum: 30000, Percent: 10},
		{Name: "stoves", Currency: "USD", Percent: 5, SKUs: []string{"STOVE"}},
	}
	big, stoves := ps[0].discount(), ps[1].discount()
	foreign := commercetools.DirectDiscount{Value: commercetools.DiscountValue{Type: "absolute"}, Target: commercetools.DiscountTarget{Type: "totalPrice"}}
	cart := func(goods int64, sku string, direct ...commercetools.DirectDiscount) commercetools.Cart {
		return commercetools.Cart{ID: "c", Currency: "USD", Goods: goods, SKUs: []string{sku}, Direct: direct}
	}
	coded := cart(40000, "TENT")
	coded.HasCode = true
	euros := cart(40000, "TENT")
	euros.Currency = "EUR"
	set := func(ds ...commercetools.DirectDiscount) []action {
		if ds == nil {
			ds = []commercetools.DirectDiscount{}
		}
		return []action{{Action: "setDirectDiscounts", Discounts: ds}}
	}
	for name, c := range map[string]struct {
		cart   commercetools.Cart
		want   []action
		reason string
	}{
		"worth enough":                           {cart(30000, "TENT"), set(big), ""},
		"one cent short":                         {cart(29999, "TENT"), nil, "up-to-date"},
		"has it already":                         {cart(30000, "TENT", big), nil, "up-to-date"},
		"fell below and loses it":                {cart(29999, "TENT", big), set(), ""},
		"fell below and gets the other":          {cart(29999, "STOVE", big), set(stoves), ""},
		"the first that fits":                    {cart(30000, "STOVE"), set(big), ""},
		"grew into the better one":               {cart(30000, "STOVE", stoves), set(big), ""},
		"of another currency":                    {euros, nil, "up-to-date"},
		"with a discount code":                   {coded, nil, "discount-code"},
		"with a discount an employee gave":       {cart(30000, "TENT", foreign), nil, "foreign-discount"},
		"with ours and one an employee gave":     {cart(30000, "TENT", big, foreign), nil, "foreign-discount"},
		"empty, which is worth nothing":          {cart(0, "STOVE"), nil, "up-to-date"},
		"with ours twice, as nobody should have": {cart(30000, "TENT", big, big), set(big), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, reason := ps.actions(c.cart)
			if diff := cmp.Diff(c.want, got); diff != "" || reason != c.reason {
				t.Errorf("%s, want %s: %s", reason, c.reason, diff)
			}
			if len(got) > 0 {
				// What we answered with comes back on the next change, and calls for nothing.
				c.cart.Direct = got[0].Discounts
				if more, reason := ps.actions(c.cart); len(more) > 0 || reason != "up-to-date" {
					t.Errorf("a second answer: %v, %s", more, reason)
				}
			}
		})
	}
	if got, reason := promotions(nil).actions(cart(30000, "TENT", foreign)); got != nil || reason != "no-promotion" {
		t.Errorf("without rules: %v, %s", got, reason)
	}
}
