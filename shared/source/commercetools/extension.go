package commercetools

import (
	"cmp"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// Extension is the input of an API Extension, which commercetools calls before it
// saves a change (types/extension/ExtensionInput.raml).
type Extension struct {
	// Create: the resource is new; false: it is changed.
	Create bool
	// Cart and Order are nil for the other resource, and both for any further one.
	Cart  *Cart
	Order *retail.Order
}

// Cart holds the fields that are read of a Cart (types/cart/Cart.raml).
type Cart struct {
	ID string
	// Goods is the price of the line items before any discount of the cart, in the
	// currency's minor unit.
	Goods    int64
	Currency string
	// SKUs are the SKUs of the line items.
	SKUs []string
	// HasCode: the cart has a discount code, so it cannot have direct discounts.
	HasCode bool
	// Direct are the direct discounts the cart has.
	Direct []DirectDiscount
}

// DirectDiscount is a discount of one cart alone (types/cart/DirectDiscount.raml).
type DirectDiscount struct {
	Value  DiscountValue  `json:"value"`
	Target DiscountTarget `json:"target"`
}

// DiscountValue is the value of a discount; Permyriad is set if Type is relative.
type DiscountValue struct {
	Type string `json:"type"`
	// Permyriad is hundredths of a per cent.
	Permyriad int64 `json:"permyriad"`
}

// DiscountTarget is the part of the cart that is discounted.
type DiscountTarget struct {
	Type      string `json:"type"`
	Predicate string `json:"predicate,omitzero"`
}

type cart struct {
	ID            string     `json:"id"`
	TotalPrice    *money     `json:"totalPrice"`
	LineItems     []lineItem `json:"lineItems"`
	DiscountCodes []struct {
		State string `json:"state"`
	} `json:"discountCodes"`
	DirectDiscounts []DirectDiscount `json:"directDiscounts"`
}

// OpenExtension reads the input of an extension. Of an order it reads only the fields
// that a pre-check of the payment needs, so it accepts an order that could not become
// an event.
func OpenExtension(body []byte, fields Fields) (Extension, error) {
	var in struct {
		Action   string `json:"action"`
		Resource *struct {
			Type string         `json:"typeId"`
			ID   string         `json:"id"`
			Obj  jsontext.Value `json:"obj"`
		} `json:"resource"`
	}
	if err := strictjson.UnmarshalUpTo(maxExtension, "extension", body, &in); err != nil {
		return Extension{}, err
	}
	switch {
	case in.Action != "Create" && in.Action != "Update":
		return Extension{}, fault.Field("extension.action", "Create or Update")
	case in.Resource == nil:
		return Extension{}, fault.Field("extension.resource", "an object")
	case in.Resource.Obj.Kind() != '{':
		return Extension{}, fault.Field("extension.resource.obj", "an object")
	}
	e := Extension{Create: in.Action == "Create"}
	switch in.Resource.Type {
	case "cart":
		var c cart
		if err := strictjson.UnmarshalUpTo(maxExtension, "cart", in.Resource.Obj, &c); err != nil {
			return Extension{}, err
		}
		read, err := c.read()
		e.Cart = &read
		return e, err
	case "order":
		var o order
		if err := strictjson.UnmarshalUpTo(maxExtension, "order", in.Resource.Obj, &o); err != nil {
			return Extension{}, err
		}
		read, err := fields.payer(o)
		e.Order = &read
		return e, err
	}
	return e, nil
}

// maxExtension is the largest input that is read: an HTTP body may be larger than a
// queue's message.
const maxExtension = 4 << 20

func (c cart) read() (Cart, error) {
	if c.ID == "" {
		return Cart{}, fault.Field("cart.id", "a non-empty string")
	}
	total, err := c.TotalPrice.amount("cart.totalPrice")
	if err != nil {
		return Cart{}, err
	}
	read := Cart{ID: c.ID, Currency: total.Currency, HasCode: len(c.DiscountCodes) > 0, Direct: c.DirectDiscounts}
	for _, item := range c.LineItems {
		unit := item.Price.Value
		if d := item.Price.Discounted; d != nil && d.Value != nil {
			unit = d.Value
		}
		price, err := unit.amount("cart.lineItems[].price.value")
		switch {
		case err != nil:
			return Cart{}, err
		case item.Quantity < 0 || item.Quantity > 1e6 || price.Amount < 0 || price.Amount > 1e12:
			return Cart{}, fault.Field("cart.lineItems[].quantity", "a quantity and price that can be multiplied")
		}
		read.Goods += item.Quantity * price.Amount
		read.SKUs = append(read.SKUs, item.Variant.SKU)
	}
	return read, nil
}

// payer reads payer, amount and payment method of an order.
func (f Fields) payer(o order) (retail.Order, error) {
	if o.ID == "" {
		return retail.Order{}, fault.Field("order.id", "a non-empty string")
	}
	sum := o.TotalPrice
	if o.TaxedPrice != nil && o.TaxedPrice.TotalGross != nil {
		sum = o.TaxedPrice.TotalGross
	}
	total, err := sum.amount("order.totalPrice")
	if err != nil {
		return retail.Order{}, err
	}
	read := retail.Order{ID: o.ID, Number: cmp.Or(o.OrderNumber, o.ID), Total: total}
	var addresses []*retail.Address
	for _, a := range []*address{o.BillingAddress, o.ShippingAddress} {
		if a != nil {
			addresses = append(addresses, &retail.Address{FirstName: a.FirstName, LastName: a.LastName, Email: a.Email})
		}
	}
	read.Customer = customer(o, addresses...)
	if o.Custom != nil {
		read.PaymentMethod = text(o.Custom.Fields, f.PaymentMethod)
		read.RiskSession = text(o.Custom.Fields, f.RiskSession)
	}
	return read, nil
}
