package edi

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxAnswerHours is the longest time that a supplier may be given, a year.
const maxAnswerHours = 365 * 24

// check returns an error that names the setting with a value that no interchange
// can hold.
func (c *Client) check() error {
	if err := c.sender.check("EDI_SENDER"); err != nil {
		return err
	}
	a := c.shipTo
	for _, f := range []struct {
		name, value string
		least, most int
	}{
		{"name", a.Name, 1, 60}, {"street", a.Street, 1, 55}, {"city", a.City, 2, 30},
		{"state", a.State, 0, 2}, {"postalCode", a.PostalCode, 3, 15}, {"country", a.Country, 2, 3},
	} {
		if err := text("EDI_SHIP_TO."+f.name, f.value, f.least, f.most); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.suppliers)) {
		s, field := c.suppliers[name], "EDI_SUPPLIERS."+name
		if err := s.check(field); err != nil {
			return err
		}
		if s.AnswerHours < 0 || s.AnswerHours > maxAnswerHours {
			return fmt.Errorf("%s.answerHours: expected 0 to %d", field, maxAnswerHours)
		}
		for _, sku := range slices.Sorted(maps.Keys(s.SKUs)) {
			if other, taken := c.supplierOf[sku]; taken {
				return fmt.Errorf("%s.skus: expected no SKU of the supplier %s", field, other)
			}
			c.supplierOf[sku] = name
			if err := s.SKUs[sku].check(field+".skus", sku); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p Partner) check(field string) error {
	if len(p.Qualifier) != 2 || strings.Trim(p.Qualifier, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return fmt.Errorf("%s.qualifier: expected two letters or digits such as ZZ", field)
	}
	return text(field+".id", p.ID, 2, 15)
}

func (i Item) check(field, sku string) error {
	if err := text(field+": a SKU", sku, 1, 48); err != nil {
		return err
	}
	field += "." + sku
	if err := text(field+".part", i.Part, 1, 48); err != nil {
		return err
	}
	if i.Quantity < 1 || i.Quantity > 999_999_999 {
		return fmt.Errorf("%s.quantity: expected 1 to 999999999", field)
	}
	if i.Unit != "" && (len(i.Unit) != 2 || strings.Trim(i.Unit, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "") {
		return fmt.Errorf("%s.unit: expected a unit of measure such as EA", field)
	}
	if i.Price != "" && !isDecimal(i.Price) {
		return fmt.Errorf("%s.price: expected a decimal number such as 24.99", field)
	}
	return text(field+".name", i.Name, 0, 80)
}

// isDecimal accepts numbers that an element of type R represents exactly.
func isDecimal(s string) bool {
	whole, part, point := strings.Cut(s, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return digits(whole) && (!point || digits(part)) && len(whole)+len(part) <= 17
}

// text accepts the extended character set of X12, without the separators of an
// interchange and without spaces that a receiver would trim.
func text(field, s string, least, most int) error {
	separator := func(r rune) bool {
		return r < ' ' || r > '~' || strings.ContainsRune(elementSeparator+componentSeparator+terminator, r)
	}
	if len(s) < least || len(s) > most || strings.ContainsFunc(s, separator) || strings.TrimSpace(s) != s {
		return fmt.Errorf("%s: expected %d to %d characters of ASCII without * > ~", field, least, most)
	}
	return nil
}
