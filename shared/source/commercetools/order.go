package commercetools

import (
	"cmp"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// order holds the fields that are read of an Order (types/order/Order.raml). Required:
// id, version, createdAt, totalPrice, lineItems, customLineItems, orderState.
type order struct {
	ID            string    `json:"id"`
	Version       int64     `json:"version"`
	CreatedAt     time.Time `json:"createdAt"`
	OrderNumber   string    `json:"orderNumber"`
	CustomerID    string    `json:"customerId"`
	CustomerEmail string    `json:"customerEmail"`
	Locale        string    `json:"locale"`
	OrderState    string    `json:"orderState"`
	ShipmentState string    `json:"shipmentState"`
	PaymentState  string    `json:"paymentState"`
	PaymentInfo   *struct {
		Payments []struct {
			ID string `json:"id"`
			// Obj is set if the reference was expanded.
			Obj *payment `json:"obj"`
		} `json:"payments"`
	} `json:"paymentInfo"`

	TotalPrice *money `json:"totalPrice"`
	TaxedPrice *struct {
		TotalGross *money `json:"totalGross"`
	} `json:"taxedPrice"`
	LineItems       []lineItem       `json:"lineItems"`
	CustomLineItems []customLineItem `json:"customLineItems"`

	ShippingAddress *address      `json:"shippingAddress"`
	BillingAddress  *address      `json:"billingAddress"`
	ShippingInfo    *shippingInfo `json:"shippingInfo"`
	// Shipping replaces ShippingInfo and ShippingAddress in an order with several
	// shipping methods (ShippingMode Multiple).
	Shipping []shipping `json:"shipping"`
	// ItemShippingAddresses are further addresses, which line items name by key.
	ItemShippingAddresses []struct {
		Key string `json:"key"`
		address
	} `json:"itemShippingAddresses"`

	Custom *struct {
		Fields map[string]jsontext.Value `json:"fields"`
	} `json:"custom"`

	ReturnInfo []returnInfo `json:"returnInfo"`
	// DiscountOnTotalPrice is subtracted from the whole order and is part of no line.
	DiscountOnTotalPrice jsontext.Value `json:"discountOnTotalPrice"`
}

// number is the number people use.
func (o order) number() string { return cmp.Or(o.OrderNumber, o.ID) }

type shippingInfo struct {
	ShippingMethodName string `json:"shippingMethodName"`
}

type shipping struct {
	ShippingInfo    shippingInfo `json:"shippingInfo"`
	ShippingAddress *address     `json:"shippingAddress"`
}

// lineItem is a product in an order (types/cart/LineItem.raml).
type lineItem struct {
	ID        string            `json:"id"`
	ProductID string            `json:"productId"`
	Name      map[string]string `json:"name"`
	Variant   struct {
		SKU        string `json:"sku"`
		Key        string `json:"key"`
		Attributes []struct {
			Name  string         `json:"name"`
			Value jsontext.Value `json:"value"`
		} `json:"attributes"`
	} `json:"variant"`
	Price struct {
		Value      *money `json:"value"`
		Discounted *struct {
			Value *money `json:"value"`
		} `json:"discounted"`
	} `json:"price"`
	Quantity   int64  `json:"quantity"`
	TotalPrice *money `json:"totalPrice"`
	taxedPrice
	SupplyChannel   reference `json:"supplyChannel"`
	ShippingDetails *struct {
		Targets []struct {
			AddressKey string `json:"addressKey"`
		} `json:"targets"`
	} `json:"shippingDetails"`
}

// customLineItem is a position without a product, such as a fee
// (types/cart/CustomLineItem.raml).
type customLineItem struct {
	ID         string            `json:"id"`
	Name       map[string]string `json:"name"`
	Slug       string            `json:"slug"`
	Money      *money            `json:"money"`
	Quantity   int64             `json:"quantity"`
	TotalPrice *money            `json:"totalPrice"`
	taxedPrice
}

// taxedPrice is the price of a position with tax; absent if none was calculated.
type taxedPrice struct {
	TaxedPrice *struct {
		TotalGross *money `json:"totalGross"`
	} `json:"taxedPrice"`
}

// money is a TypedMoney (types/common/TypedMoney.raml). CentAmount counts the
// currency's own minor unit also where the type is highPrecision and
// fractionDigits is of preciseAmount.
type money struct {
	Type           string `json:"type"`
	CurrencyCode   string `json:"currencyCode"`
	CentAmount     *int64 `json:"centAmount"`
	FractionDigits *int   `json:"fractionDigits"`
}

// address is a BaseAddress (types/common/BaseAddress.raml); only country is required.
type address struct {
	FirstName             string `json:"firstName"`
	LastName              string `json:"lastName"`
	Company               string `json:"company"`
	Department            string `json:"department"`
	StreetName            string `json:"streetName"`
	StreetNumber          string `json:"streetNumber"`
	AdditionalStreetInfo  string `json:"additionalStreetInfo"`
	Building              string `json:"building"`
	Apartment             string `json:"apartment"`
	POBox                 string `json:"pOBox"`
	AdditionalAddressInfo string `json:"additionalAddressInfo"`
	PostalCode            string `json:"postalCode"`
	City                  string `json:"city"`
	Region                string `json:"region"`
	State                 string `json:"state"`
	Country               string `json:"country"`
	Phone                 string `json:"phone"`
	Mobile                string `json:"mobile"`
	Email                 string `json:"email"`
}
