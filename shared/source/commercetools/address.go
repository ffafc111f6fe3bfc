package commercetools

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// delivery returns how and where to the order is shipped. An order that goes to
// several addresses cannot be said in one event; it is refused rather than
// shipped to one of them or, without an address, to none.
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
			return "", nil, fault.Refuse("commercetools-several-addresses", errors.New("the order is shipped to several addresses"))
		}
	}
	return method, to, nil
}

// furtherAddresses are those of the order's shippings and those that its line
// items name.
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

// numberFirst tells where the house number stands before the street's name.
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
