package commercetools

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// Fields names the custom fields and attributes of a project. With an empty name, and
// if the field is absent or has the wrong type, the value is unknown.
type Fields struct {
	// PaymentMethod is the custom field of the order with the payment provider's
	// id of the method used, a string.
	PaymentMethod string
	// RiskSession is the custom field of the order with the provider's id of the
	// browser session, a string.
	RiskSession string
	// Weight is the product attribute with the weight of one piece in grams, a
	// number; part of a gram counts as one.
	Weight string
}

// order maps an order to Signalbox's.
//
// Total is what the customer pays, taxedPrice.totalGross, and totalPrice only
// where no tax was calculated: outside of countries with tax in the price,
// totalPrice lacks it. Unit prices and line totals are as the shop shows them,
// the unit price after a product discount.
//
// Lines are the line items. Custom line items are fees, wrapping and discounts: part
// of the total, but not shipped. They are the lines only of an order without line
// items.
func (f Fields) order(o order) (retail.Order, error) {
	switch {
	case o.Version < 1:
		return retail.Order{}, fault.Field("order.version", "a whole number above 0")
	case o.CreatedAt.IsZero():
		return retail.Order{}, fault.Field("order.createdAt", "a time in RFC 3339")
	}
	list, err := o.TotalPrice.amount("order.totalPrice")
	if err != nil {
		return retail.Order{}, err
	}
	total := list
	if o.TaxedPrice != nil && o.TaxedPrice.TotalGross != nil {
		if total, err = o.TaxedPrice.TotalGross.amount("order.taxedPrice.totalGross"); err != nil {
			return retail.Order{}, err
		}
	}
	lines, err := f.lines(o, list.FractionDigits)
	if err != nil {
		return retail.Order{}, err
	}
	method, shipTo, err := o.delivery()
	if err != nil {
		return retail.Order{}, err
	}
	mapped := retail.Order{
		ID:             o.ID,
		Number:         o.number(),
		Version:        o.Version,
		PlacedAt:       o.CreatedAt.UTC(),
		Locale:         o.Locale,
		Total:          total,
		Lines:          lines,
		ShippingMethod: method,
	}
	if mapped.ShipTo, err = shipTo.address("order.shippingAddress"); err != nil {
		return retail.Order{}, err
	}
	if mapped.BillTo, err = o.BillingAddress.address("order.billingAddress"); err != nil {
		return retail.Order{}, err
	}
	mapped.Customer = customer(o, mapped.BillTo, mapped.ShipTo)
	if o.Custom != nil {
		mapped.PaymentMethod = text(o.Custom.Fields, f.PaymentMethod)
		mapped.RiskSession = text(o.Custom.Fields, f.RiskSession)
	}
	return mapped, nil
}

// customer takes the name from the bill, or from the parcel where there is none.
func customer(o order, addresses ...*retail.Address) retail.Customer {
	c := retail.Customer{ID: o.CustomerID, Email: o.CustomerEmail}
	for _, a := range addresses {
		if a == nil {
			continue
		}
		c.Email = cmp.Or(c.Email, a.Email)
		if c.FirstName == "" && c.LastName == "" {
			c.FirstName, c.LastName = a.FirstName, a.LastName
		}
	}
	return c
}

func (f Fields) lines(o order, digits int) ([]retail.Line, error) {
	var lines []retail.Line
	for i, item := range o.LineItems {
		at := fmt.Sprintf("order.lineItems[%d]", i)
		unit, field := item.Price.Value, at+".price.value"
		if d := item.Price.Discounted; d != nil && d.Value != nil {
			unit, field = d.Value, at+".price.discounted.value"
		}
		line := retail.Line{
			ID:       item.ID,
			SKU:      cmp.Or(item.Variant.SKU, item.Variant.Key, item.ProductID),
			Name:     localized(item.Name, o.Locale),
			Quantity: item.Quantity,
		}
		for _, a := range item.Variant.Attributes {
			if f.Weight != "" && a.Name == f.Weight {
				line.WeightGrams = grams(a.Value)
			}
		}
		if err := price(&line, at, unit, field, item.TotalPrice, digits); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	if len(lines) > 0 {
		return lines, nil
	}
	for i, item := range o.CustomLineItems {
		at := fmt.Sprintf("order.customLineItems[%d]", i)
		line := retail.Line{
			ID:       item.ID,
			SKU:      item.Slug,
			Name:     localized(item.Name, o.Locale),
			Quantity: item.Quantity,
		}
		if err := price(&line, at, item.Money, at+".money", item.TotalPrice, digits); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return nil, fault.Field("order.lineItems", "at least one line item")
	}
	return lines, nil
}

// price sets the amounts of a line and checks its required fields.
func price(line *retail.Line, at string, unit *money, unitField string, total *money, digits int) error {
	switch {
	case line.ID == "":
		return fault.Field(at+".id", "a non-empty string")
	case line.Quantity < 1:
		return fault.Field(at+".quantity", "a whole number above 0")
	}
	var err error
	if line.UnitPrice, err = unit.amount(unitField); err != nil {
		return err
	}
	// A high-precision price counts its own, smaller units.
	line.UnitPrice.FractionDigits = digits
	line.Total, err = total.amount(at + ".totalPrice")
	return err
}

// amount maps money. A high-precision amount is the one that commercetools rounds to
// the currency's minor unit.
func (m *money) amount(field string) (retail.Money, error) {
	switch {
	case m == nil:
		return retail.Money{}, fault.Field(field, "an amount of money")
	case m.CentAmount == nil:
		return retail.Money{}, fault.Field(field+".centAmount", "a whole number")
	case m.FractionDigits == nil:
		return retail.Money{}, fault.Field(field+".fractionDigits", "a whole number")
	case !isCode(m.CurrencyCode, 3):
		return retail.Money{}, fault.Field(field+".currencyCode", "an ISO 4217 code such as EUR")
	}
	return retail.Money{Currency: m.CurrencyCode, Amount: *m.CentAmount, FractionDigits: *m.FractionDigits}, nil
}

// localized picks the text in the wanted locale, in its language, in English, or
// the first by its tag, so that the same order always gives the same name.
func localized(texts map[string]string, locale string) string {
	if s := texts[locale]; s != "" {
		return s
	}
	tags := slices.Sorted(maps.Keys(texts))
	for _, wanted := range []string{language(locale), "en", ""} {
		for _, tag := range tags {
			if texts[tag] != "" && (wanted == "" || language(tag) == wanted) {
				return texts[tag]
			}
		}
	}
	return ""
}

func language(tag string) string {
	before, _, _ := strings.Cut(tag, "-")
	return strings.ToLower(before)
}

// text returns a custom field that is a string, and "" for any other.
func text(fields map[string]jsontext.Value, name string) string {
	var s string
	if v := fields[name]; name == "" || v.Kind() != '"' || json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

// maxGrams keeps a weight from overflowing when it is multiplied: 100 tons.
const maxGrams = 100e6

// grams returns a JSON number rounded up, and 0 for a value that is not a weight.
func grams(v jsontext.Value) int64 {
	var n float64
	if v.Kind() != '0' || json.Unmarshal(v, &n) != nil || n <= 0 || n > maxGrams {
		return 0
	}
	return int64(math.Ceil(n))
}

func isCode(s string, n int) bool {
	for _, r := range s {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return len(s) == n
}
