package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"signalbox/shared/config"
	"signalbox/shared/source/commercetools"
)

// promotion is a discount for carts above a minimum value.
type promotion struct {
	Name string `json:"name"`
	// Currency and Minimum are the minimum value of the goods, in the currency's minor
	// unit.
	Currency string `json:"currency"`
	Minimum  int64  `json:"minimum"`
	// Percent is the size of the discount.
	Percent int64 `json:"percent"`
	// SKUs are the discounted SKUs; none means all line items.
	SKUs []string `json:"skus"`
}

// promotions are rules, of which the first that fits a cart is applied.
type promotions []promotion

func newPromotions(v config.Values) (promotions, error) {
	var set struct {
		Rules promotions `json:"rules"`
	}
	if err := v.JSON("CHECKOUT_PROMOTIONS", &set); err != nil {
		return nil, err
	}
	for i, p := range set.Rules {
		switch at := fmt.Sprintf("CHECKOUT_PROMOTIONS: rules[%d]: ", i); {
		case p.Name == "" || len(p.Currency) != 3 || p.Minimum < 0:
			return nil, errors.New(at + "expected a name, a currency such as USD and a minimum")
		case p.Percent < 1 || p.Percent > 100:
			return nil, errors.New(at + "expected a percent from 1 to 100")
		case slices.ContainsFunc(p.SKUs, func(sku string) bool { return sku == "" || strings.ContainsAny(sku, `"\`) }):
			return nil, errors.New(at + "expected SKUs without quotes")
		}
	}
	return set.Rules, nil
}

// discount is the promotion in commercetools' format.
func (p promotion) discount() commercetools.DirectDiscount {
	predicate := "1=1"
	if len(p.SKUs) > 0 {
		predicate = `sku in ("` + strings.Join(p.SKUs, `", "`) + `")`
	}
	return commercetools.DirectDiscount{
		Value:  commercetools.DiscountValue{Type: "relative", Permyriad: p.Percent * 100},
		Target: commercetools.DiscountTarget{Type: "lineItems", Predicate: predicate},
	}
}

func (p promotion) fits(c commercetools.Cart) bool {
	return c.Currency == p.Currency && c.Goods >= p.Minimum && c.Goods > 0 &&
		(len(p.SKUs) == 0 || slices.ContainsFunc(c.SKUs, func(sku string) bool { return slices.Contains(p.SKUs, sku) }))
}

// actions returns the actions that give the cart the discount of its promotion, and no
// other. It returns none, and the reason, if the cart has that discount already, so a
// cart with our own changes needs no further action. A cart with a discount code
// cannot have a direct discount, and a discount from another source stays.
func (ps promotions) actions(c commercetools.Cart) ([]action, string) {
	ours := func(d commercetools.DirectDiscount) bool {
		return slices.ContainsFunc(ps, func(p promotion) bool { return p.discount() == d })
	}
	switch {
	case len(ps) == 0:
		return nil, "no-promotion"
	case c.HasCode:
		return nil, "discount-code"
	case !all(c.Direct, ours):
		return nil, "foreign-discount"
	}
	want := []commercetools.DirectDiscount{}
	if i := slices.IndexFunc(ps, func(p promotion) bool { return p.fits(c) }); i >= 0 {
		want = append(want, ps[i].discount())
	}
	if slices.Equal(want, c.Direct) {
		return nil, "up-to-date"
	}
	return []action{{Action: "setDirectDiscounts", Discounts: want}}, ""
}

func all(ds []commercetools.DirectDiscount, is func(commercetools.DirectDiscount) bool) bool {
	return !slices.ContainsFunc(ds, func(d commercetools.DirectDiscount) bool { return !is(d) })
}
