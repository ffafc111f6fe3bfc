package commercetools

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// delivery returns the order's shipping method and address. An order with several
// addresses does not fit one event; it is refused instead of shipped to one of them
// or to none.
func (o order) delivery() (string, *address, error) {
	method := ""
	if o.ShippingInfo != nil {
		method = o.ShippingInfo.ShippingMethodName
	}
	if len(o.Shipping) == 1 {
		method = cmp.Or(method, o.Shipping[0].ShippingInfo.ShippingMethodName)
	}
	to := o.ShippingAddress
	for _, other := range o.furtherAddresses() {
		switch {
		case to == nil:
			to = other
		case *to != *other:
			return "", nil, fault.Refuse("commercetools-several-addresses", errors.New("order: expected one shipping address"))
		}
	}
	return method, to, nil
}

// furtherAddresses are those of the order's shippings and of its line items.
func (o order) furtherAddresses() []*address {
	var all []*address
	for _, s := range o.Shipping {
		if s.ShippingAddress != nil {
			all = append(all, s.ShippingAddress)
		}
	}
	named := map[string]bool{}
	for _, item := range o.LineItems {
		if item.ShippingDetails == nil {
			continue
		}
		for _, target := range item.ShippingDetails.Targets {
			named[target.AddressKey] = true
		}
	}
	for i, a := range o.ItemShippingAddresses {
		if named[a.Key] {
			all = append(all, &o.ItemShippingAddresses[i].address)
		}
	}
	return all
}

func (a *address) address(field string) (*retail.Address, error) {
	if a == nil {
		return nil, nil
	}
	if !isCode(a.Country, 2) {
		return nil, fault.Field(field+".country", "an ISO 3166-1 alpha-2 code such as DE")
	}
	street := []string{a.StreetName, a.StreetNumber}
	if numberFirst(a.Country) {
		slices.Reverse(street)
	}
	return &retail.Address{
		FirstName: a.FirstName,
		LastName:  a.LastName,
		Company:   a.Company,
		Street:    join(" ", street...),
		Additional: join(", ", a.AdditionalStreetInfo, a.Building, a.Apartment, a.POBox,
			a.Department, a.AdditionalAddressInfo),
		City:       a.City,
		State:      cmp.Or(a.State, a.Region),
		PostalCode: a.PostalCode,
		Country:    a.Country,
		Phone:      cmp.Or(a.Phone, a.Mobile),
		Email:      a.Email,
	}, nil
}

// numberFirst are the countries that write the house number before the street.
func numberFirst(country string) bool {
	switch country {
	case "US", "CA", "GB", "IE", "AU", "NZ", "FR", "LU", "MC", "ZA", "IN", "SG", "HK", "MY", "PH", "IL":
		return true
	}
	return false
}

func join(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" }), separator)
}
