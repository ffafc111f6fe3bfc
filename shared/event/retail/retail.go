// Package retail holds the payloads of the business events of a shop. A function
// decodes an event into one of them, and an ingress makes an event of one:
//
//	e, err := event.As[retail.OrderPaid](raw)
//	fmt.Println(e.Data.OrderNumber, e.Data.Payment.Amount.Decimal())
//
//	raw, err := event.New(origin, retail.OrderCancelled{OrderID: id, OrderNumber: number, CancelledAt: at})
//
// A field tagged `class:"personal"` identifies or describes a person,
// `class:"health"` is health data, `class:"secret"` grants access. Redaction in
// logs uses these tags, and the JSON Schemas in the folder schema show them as
// x-class. Amounts are whole minor units, weights grams, times UTC.
package retail

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// Types of the events in this package.
const (
	TypeOrderCreated    event.Type = "order.created"
	TypeOrderApproved   event.Type = "order.approved"
	TypeOrderHeld       event.Type = "order.held"
	TypeShipmentCreated event.Type = "shipment.created"
)

// Money is an amount in minor units of its currency.
type Money struct {
	// Currency is an ISO 4217 code, upper case.
	Currency string `json:"currency"`
	// Amount counts minor units: 1999 is 19.99 where FractionDigits is 2.
	Amount int64 `json:"amount"`
	// FractionDigits is how many digits the minor unit has: 2 for EUR, 0 for JPY.
	FractionDigits int `json:"fractionDigits"`
}

// Decimal renders the amount exactly as a plain decimal number, "19.99".
func (m Money) Decimal() string {
	digits, negative := strings.CutPrefix(strconv.FormatInt(m.Amount, 10), "-")
	if m.FractionDigits > 0 {
		if missing := m.FractionDigits + 1 - len(digits); missing > 0 {
			digits = strings.Repeat("0", missing) + digits
		}
		point := len(digits) - m.FractionDigits
		digits = digits[:point] + "." + digits[point:]
	}
	if negative {
		return "-" + digits
	}
	return digits
}

func (m Money) validate(field string) error {
	if at, expected := m.wrong(); at != "" {
		return fault.Field(field+"."+at, expected)
	}
	return nil
}

// wrong returns the first wrong field and the value expected there; "" if all
// fields are right. It runs for every line of every order, so only a wrong field
// costs the building of a path.
func (m Money) wrong() (at, expected string) {
	switch {
	case !isUpper(m.Currency, 3):
		return "currency", "an ISO 4217 code such as EUR"
	case m.FractionDigits < 0 || m.FractionDigits > 4:
		return "fractionDigits", "0 to 4"
	}
	return "", ""
}

// Customer is who ordered.
type Customer struct {
	// ID is the customer's id in the shop; empty for a guest.
	ID        string `json:"id,omitzero"`
	Email     string `json:"email,omitzero" class:"personal"`
	FirstName string `json:"firstName,omitzero" class:"personal"`
	LastName  string `json:"lastName,omitzero" class:"personal"`
}

// Address is a postal address.
type Address struct {
	FirstName  string `json:"firstName,omitzero" class:"personal"`
	LastName   string `json:"lastName,omitzero" class:"personal"`
	Company    string `json:"company,omitzero" class:"personal"`
	Street     string `json:"street,omitzero" class:"personal"`
	Additional string `json:"additional,omitzero" class:"personal"`
	City       string `json:"city,omitzero" class:"personal"`
	// State is a state, province or region code where the country has them.
	State      string `json:"state,omitzero"`
	PostalCode string `json:"postalCode,omitzero" class:"personal"`
	// Country is an ISO 3166-1 alpha-2 code, upper case.
	Country string `json:"country"`
	Phone   string `json:"phone,omitzero" class:"personal"`
	Email   string `json:"email,omitzero" class:"personal"`
}

// Line is one position of an order.
type Line struct {
	ID       string `json:"id"`
	SKU      string `json:"sku"`
	Name     string `json:"name"`
	Quantity int64  `json:"quantity"`
	// UnitPrice is what one piece costs before discounts on the whole line.
	UnitPrice Money `json:"unitPrice"`
	// Total is what the line costs.
	Total Money `json:"total"`
	// WeightGrams is the weight of one piece; 0 if the shop does not know it.
	WeightGrams int64 `json:"weightGrams,omitzero"`
}

func (l Line) wrong() (at, expected string) {
	switch {
	case l.ID == "":
		return "id", "a non-empty string"
	case l.Quantity < 1:
		return "quantity", "a whole number above 0"
	case l.WeightGrams < 0:
		return "weightGrams", "0 or more"
	}
	if at, expected := l.UnitPrice.wrong(); at != "" {
		return "unitPrice." + at, expected
	}
	if at, expected := l.Total.wrong(); at != "" {
		return "total." + at, expected
	}
	return "", ""
}

// Order is an order as the shop knows it at the time of the event.
type Order struct {
	// ID is the order's id in the shop.
	ID string `json:"id"`
	// Number is the number people use; the ID if the shop assigned none.
	Number string `json:"number"`
	// Version is the shop's version of the order at the time of the event.
	Version  int64     `json:"version"`
	PlacedAt time.Time `json:"placedAt"`
	Customer Customer  `json:"customer"`
	// Locale is a BCP 47 tag, empty if unknown.
	Locale string `json:"locale,omitzero"`
	Total  Money  `json:"total"`
	Lines  []Line `json:"lines"`
	// ShipTo is absent where nothing is shipped.
	ShipTo *Address `json:"shipTo,omitzero"`
	BillTo *Address `json:"billTo,omitzero"`
	// ShippingMethod is the shop's name of the method, empty if none.
	ShippingMethod string `json:"shippingMethod,omitzero"`
	// PaymentMethod is the payment provider's id of the method used, such as
	// Stripe's "pm_…"; empty for orders paid another way.
	PaymentMethod string `json:"paymentMethod,omitzero" class:"secret"`
	// RiskSession is the provider's id of the browser session, such as Stripe's "rse_…".
	RiskSession string `json:"riskSession,omitzero" class:"personal"`
}

func (o Order) validate(field string) error {
	switch {
	case o.ID == "":
		return fault.Field(field+".id", "a non-empty string")
	case o.Number == "":
		return fault.Field(field+".number", "a non-empty string")
	case o.Version < 1:
		return fault.Field(field+".version", "a whole number above 0")
	case o.PlacedAt.IsZero():
		return fault.Field(field+".placedAt", "a time in RFC 3339")
	case len(o.Lines) == 0:
		return fault.Field(field+".lines", "at least one line")
	}
	if err := o.Total.validate(field + ".total"); err != nil {
		return err
	}
	if o.Total.Amount < 0 {
		return fault.Field(field+".total.amount", "0 or more")
	}
	for i, l := range o.Lines {
		if at, expected := l.wrong(); at != "" {
			return fault.Field(fmt.Sprintf("%s.lines[%d].%s", field, i, at), expected)
		}
	}
	for _, a := range []struct {
		name    string
		address *Address
	}{{"shipTo", o.ShipTo}, {"billTo", o.BillTo}} {
		if a.address != nil && !isUpper(a.address.Country, 2) {
			return fault.Field(field+"."+a.name+".country", "an ISO 3166-1 alpha-2 code such as DE")
		}
	}
	return nil
}

// OrderCreated is the data of order.created: an order was placed.
type OrderCreated struct {
	Order Order `json:"order"`
}

func (OrderCreated) EventType() event.Type { return TypeOrderCreated }
func (OrderCreated) SchemaVersion() int    { return 1 }
func (p OrderCreated) Subject() string     { return p.Order.ID }
func (p OrderCreated) Validate() error     { return p.Order.validate("data.order") }

// Screening is the outcome of a fraud check.
type Screening struct {
	// Provider is the system that checked; empty if none could.
	Provider string `json:"provider,omitzero"`
	// Reference is the provider's id of the check.
	Reference string `json:"reference,omitzero"`
	// RiskLevel is the provider's value: low, normal, elevated, highest, not_assessed, unknown.
	RiskLevel string `json:"riskLevel"`
	// Score is the provider's number; 0 if it has none.
	Score float64 `json:"score,omitzero"`
	// Reason is why the order was approved or held: "recommended-continue", "recommended-block", "risk-highest", "no-payment-method".
	Reason string `json:"reason"`
}

func (s Screening) validate(field string) error {
	switch {
	case s.RiskLevel == "":
		return fault.Field(field+".riskLevel", "a non-empty string")
	case s.Reason == "":
		return fault.Field(field+".reason", "a non-empty string")
	}
	return nil
}

// OrderApproved is the data of order.approved: the order passed screening and may ship.
type OrderApproved struct {
	Order     Order     `json:"order"`
	Screening Screening `json:"screening"`
}

func (OrderApproved) EventType() event.Type { return TypeOrderApproved }
func (OrderApproved) SchemaVersion() int    { return 1 }
func (p OrderApproved) Subject() string     { return p.Order.ID }
func (p OrderApproved) Validate() error {
	if err := p.Order.validate("data.order"); err != nil {
		return err
	}
	return p.Screening.validate("data.screening")
}

// OrderHeld is the data of order.held: a person must look at the order before it ships.
type OrderHeld struct {
	OrderID     string    `json:"orderId"`
	OrderNumber string    `json:"orderNumber"`
	Screening   Screening `json:"screening"`
}

func (OrderHeld) EventType() event.Type { return TypeOrderHeld }
func (OrderHeld) SchemaVersion() int    { return 1 }
func (p OrderHeld) Subject() string     { return p.OrderID }
func (p OrderHeld) Validate() error {
	switch {
	case p.OrderID == "":
		return fault.Field("data.orderId", "a non-empty string")
	case p.OrderNumber == "":
		return fault.Field("data.orderNumber", "a non-empty string")
	}
	return p.Screening.validate("data.screening")
}

// ShippedLine is how many pieces of an order line a shipment holds.
type ShippedLine struct {
	ID       string `json:"id"`
	Quantity int64  `json:"quantity"`
}

// ShipmentCreated is the data of shipment.created: a carrier accepted a shipment.
type ShipmentCreated struct {
	OrderID     string `json:"orderId"`
	OrderNumber string `json:"orderNumber"`
	// Carrier is the carrier's name as customers know it, "FedEx".
	Carrier string `json:"carrier"`
	// TrackingNumber is the carrier's number of the whole shipment.
	TrackingNumber string        `json:"trackingNumber"`
	Lines          []ShippedLine `json:"lines"`
}

func (ShipmentCreated) EventType() event.Type { return TypeShipmentCreated }
func (ShipmentCreated) SchemaVersion() int    { return 1 }
func (p ShipmentCreated) Subject() string     { return p.OrderID }
func (p ShipmentCreated) Validate() error {
	switch {
	case p.OrderID == "":
		return fault.Field("data.orderId", "a non-empty string")
	case p.OrderNumber == "":
		return fault.Field("data.orderNumber", "a non-empty string")
	case p.Carrier == "":
		return fault.Field("data.carrier", "a non-empty string")
	case p.TrackingNumber == "":
		return fault.Field("data.trackingNumber", "a non-empty string")
	case len(p.Lines) == 0:
		return fault.Field("data.lines", "at least one line")
	}
	for i, l := range p.Lines {
		if l.ID == "" || l.Quantity < 1 {
			return fault.Field(fmt.Sprintf("data.lines[%d]", i), "an id and a quantity above 0")
		}
	}
	return nil
}

func isUpper(s string, n int) bool {
	for _, r := range s {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return len(s) == n
}
