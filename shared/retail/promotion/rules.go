package promotion

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"

	"signalbox/shared/config"
)

// Rules say which SKUs may be discounted, and how.
type Rules struct {
	// Budget is how many SKUs may be discounted at a time.
	Budget int
	rules  map[string]Rule
}

// Rule is that of one SKU.
type Rule struct {
	// Percent is the discount.
	Percent int64
	// AtLeast are the lowest prices that may be discounted, one per currency: what
	// is left of them is the floor.
	AtLeast []string
	// Scarce is the available quantity at which the discount ends.
	Scarce int64
}

// mostActive is how many active discounts without a code commercetools allows:
// https://docs.commercetools.com/api/limits
const mostActive = 100

var (
	amount   = regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,4})?$`)
	currency = regexp.MustCompile(`^[A-Z]{3}$`)
)

// NewRules reads the PROMOTION_ settings. The error names what is wrong.
func NewRules(v config.Values) (Rules, error) {
	r := Rules{rules: map[string]Rule{}}
	budget, err := v.Int("PROMOTION_BUDGET")
	if err != nil || budget < 0 || budget > mostActive {
		return r, fmt.Errorf("PROMOTION_BUDGET: expected 0 to %d", mostActive)
	}
	r.Budget = int(budget)
	most, err := v.Int("PROMOTION_MOST_PERCENT")
	if err != nil || most < 1 || most > 99 {
		return r, errors.New("PROMOTION_MOST_PERCENT: expected 1 to 99")
	}
	var given map[string]struct {
		Percent int64             `json:"percent"`
		Floor   map[string]string `json:"floor"`
		Scarce  int64             `json:"scarce"`
	}
	if err := v.JSON("PROMOTION_RULES", &given); err != nil {
		return r, err
	}
	for sku, g := range given {
		rule := Rule{Percent: g.Percent, Scarce: g.Scarce}
		switch {
		case g.Percent < 1 || g.Percent > most:
			return r, errors.New("PROMOTION_RULES: expected a percent of 1 to PROMOTION_MOST_PERCENT")
		case g.Scarce < 0:
			return r, errors.New("PROMOTION_RULES: expected a scarce of 0 or more")
		case len(g.Floor) == 0:
			return r, errors.New(`PROMOTION_RULES: expected a floor such as {"USD":"19.90"}`)
		}
		for _, code := range slices.Sorted(maps.Keys(g.Floor)) {
			if !currency.MatchString(code) || !amount.MatchString(g.Floor[code]) {
				return r, errors.New(`PROMOTION_RULES: expected a floor such as {"USD":"19.90"}`)
			}
			rule.AtLeast = append(rule.AtLeast, atLeast(g.Floor[code], g.Percent)+" "+code)
		}
		r.rules[sku] = rule
	}
	return r, nil
}

// atLeast is the lowest price of which percent off leave the floor, in the digits
// of the floor and rounded up, so that the floor is never undercut.
func atLeast(floor string, percent int64) string {
	digits := 0
	for i, c := range floor {
		if c == '.' {
			digits = len(floor) - i - 1
		}
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	price, _ := new(big.Rat).SetString(floor)
	price.Mul(price, big.NewRat(100, 100-percent))
	price.Mul(price, new(big.Rat).SetInt(scale))
	minor, rest := new(big.Int).QuoRem(price.Num(), price.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		minor.Add(minor, big.NewInt(1))
	}
	return new(big.Rat).SetFrac(minor, scale).FloatString(digits)
}
