package retail_test

import (
	"math"
	"testing"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

func order() retail.Order {
	eur := func(n int64) retail.Money { return retail.Money{Currency: "EUR", Amount: n, FractionDigits: 2} }
	return retail.Order{
		ID: "o-1", Number: "A-1", Version: 1, PlacedAt: time.Date(2026, 2, 3, 9, 15, 22, 0, time.UTC),
		Customer: retail.Customer{ID: "c-1", Email: "max@example.com"},
		Total:    eur(4000),
		Lines: []retail.Line{
			{ID: "l-1", SKU: "A", Name: "Tote", Quantity: 1, UnitPrice: eur(3000), Total: eur(3000)},
			{ID: "l-2", SKU: "B", Name: "Scarf", Quantity: 2, UnitPrice: eur(500), Total: eur(1000), WeightGrams: 80},
		},
		ShipTo: &retail.Address{Country: "DE"},
		BillTo: &retail.Address{Country: "AT"},
	}
}

func screening() retail.Screening {
	return retail.Screening{Provider: "stripe", RiskLevel: "normal", Reason: "recommended-continue"}
}

func shipment() retail.ShipmentCreated {
	return retail.ShipmentCreated{
		OrderID: "o-1", OrderNumber: "A-1", Carrier: "FedEx", TrackingNumber: "794",
		Lines: []retail.ShippedLine{{ID: "l-1", Quantity: 1}, {ID: "l-2", Quantity: 2}},
	}
}

func TestCompletePayloadsAreValid(t *testing.T) {
	for _, p := range []event.Payload{
		retail.OrderCreated{Order: order()},
		retail.OrderApproved{Order: order(), Screening: screening()},
		retail.OrderHeld{OrderID: "o-1", OrderNumber: "A-1", Screening: screening()},
		shipment(),
		paid(),
		refunded(),
	} {
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", p.EventType(), err)
		}
		if p.SchemaVersion() != 1 || p.Subject() != "o-1" {
			t.Errorf("%s: version %d of subject %q", p.EventType(), p.SchemaVersion(), p.Subject())
		}
	}
}

func TestOrdersMayLack(t *testing.T) {
	for name, change := range map[string]func(*retail.Order){
		"a customer, for a guest":          func(o *retail.Order) { o.Customer = retail.Customer{} },
		"addresses, where nothing ships":   func(o *retail.Order) { o.ShipTo, o.BillTo = nil, nil },
		"a price, where all is free":       func(o *retail.Order) { o.Total.Amount = 0 },
		"minor units, as the yen":          func(o *retail.Order) { o.Total = retail.Money{Currency: "JPY", Amount: 4000} },
		"a SKU, as a line made up for it":  func(o *retail.Order) { o.Lines[0].SKU = "" },
		"a positive line, for a deduction": func(o *retail.Order) { o.Lines[1].Total.Amount = -500 },
	} {
		t.Run(name, func(t *testing.T) {
			o := order()
			change(&o)
			if err := (retail.OrderCreated{Order: o}).Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOrderRules(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*retail.Order)
		want   string
	}{
		"an id":                       {func(o *retail.Order) { o.ID = "" }, "id: expected a non-empty string"},
		"a number":                    {func(o *retail.Order) { o.Number = "" }, "number: expected a non-empty string"},
		"a version":                   {func(o *retail.Order) { o.Version = 0 }, "version: expected a whole number above 0"},
		"a time":                      {func(o *retail.Order) { o.PlacedAt = time.Time{} }, "placedAt: expected a time in RFC 3339"},
		"a line":                      {func(o *retail.Order) { o.Lines = nil }, "lines: expected at least one line"},
		"a currency":                  {func(o *retail.Order) { o.Total.Currency = "" }, "total.currency: expected an ISO 4217 code such as EUR"},
		"an upper-case currency":      {func(o *retail.Order) { o.Total.Currency = "eur" }, "total.currency: expected an ISO 4217 code such as EUR"},
		"a currency of three letters": {func(o *retail.Order) { o.Total.Currency = "EURO" }, "total.currency: expected an ISO 4217 code such as EUR"},
		"digits that exist":           {func(o *retail.Order) { o.Total.FractionDigits = 5 }, "total.fractionDigits: expected 0 to 4"},
		"digits that are not below 0": {func(o *retail.Order) { o.Total.FractionDigits = -1 }, "total.fractionDigits: expected 0 to 4"},
		"a total that is not below 0": {func(o *retail.Order) { o.Total.Amount = -1 }, "total.amount: expected 0 or more"},
		"an id of every line":         {func(o *retail.Order) { o.Lines[1].ID = "" }, "lines[1].id: expected a non-empty string"},
		"a piece in every line":       {func(o *retail.Order) { o.Lines[1].Quantity = 0 }, "lines[1].quantity: expected a whole number above 0"},
		"a weight that is possible":   {func(o *retail.Order) { o.Lines[0].WeightGrams = -1 }, "lines[0].weightGrams: expected 0 or more"},
		"a unit price's currency":     {func(o *retail.Order) { o.Lines[0].UnitPrice.Currency = "E1R" }, "lines[0].unitPrice.currency: expected an ISO 4217 code such as EUR"},
		"a line total's currency":     {func(o *retail.Order) { o.Lines[0].Total.Currency = "" }, "lines[0].total.currency: expected an ISO 4217 code such as EUR"},
		"a country to ship to":        {func(o *retail.Order) { o.ShipTo.Country = "" }, "shipTo.country: expected an ISO 3166-1 alpha-2 code such as DE"},
		"a country to bill":           {func(o *retail.Order) { o.BillTo.Country = "Österreich" }, "billTo.country: expected an ISO 3166-1 alpha-2 code such as DE"},
	} {
		t.Run(name, func(t *testing.T) {
			o := order()
			c.change(&o)
			for _, p := range []event.Payload{retail.OrderCreated{Order: o}, retail.OrderApproved{Order: o, Screening: screening()}} {
				refused(t, p, "data.order."+c.want)
			}
		})
	}
}

func TestScreeningRules(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*retail.Screening)
		want   string
	}{
		"a risk level": {func(s *retail.Screening) { s.RiskLevel = "" }, "riskLevel: expected a non-empty string"},
		"a reason":     {func(s *retail.Screening) { s.Reason = "" }, "reason: expected a non-empty string"},
	} {
		t.Run(name, func(t *testing.T) {
			s := screening()
			c.change(&s)
			refused(t, retail.OrderApproved{Order: order(), Screening: s}, "data.screening."+c.want)
			refused(t, retail.OrderHeld{OrderID: "o-1", OrderNumber: "A-1", Screening: s}, "data.screening."+c.want)
		})
	}
}

func TestOrderHeldRules(t *testing.T) {
	refused(t, retail.OrderHeld{OrderNumber: "A-1", Screening: screening()}, "data.orderId: expected a non-empty string")
	refused(t, retail.OrderHeld{OrderID: "o-1", Screening: screening()}, "data.orderNumber: expected a non-empty string")
}

func TestShipmentCreatedRules(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*retail.ShipmentCreated)
		want   string
	}{
		"an order":              {func(s *retail.ShipmentCreated) { s.OrderID = "" }, "orderId: expected a non-empty string"},
		"an order's number":     {func(s *retail.ShipmentCreated) { s.OrderNumber = "" }, "orderNumber: expected a non-empty string"},
		"a carrier":             {func(s *retail.ShipmentCreated) { s.Carrier = "" }, "carrier: expected a non-empty string"},
		"a tracking number":     {func(s *retail.ShipmentCreated) { s.TrackingNumber = "" }, "trackingNumber: expected a non-empty string"},
		"a line":                {func(s *retail.ShipmentCreated) { s.Lines = nil }, "lines: expected at least one line"},
		"an id of every line":   {func(s *retail.ShipmentCreated) { s.Lines[1].ID = "" }, "lines[1]: expected an id and a quantity above 0"},
		"a piece in every line": {func(s *retail.ShipmentCreated) { s.Lines[0].Quantity = 0 }, "lines[0]: expected an id and a quantity above 0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := shipment()
			c.change(&s)
			refused(t, s, "data."+c.want)
		})
	}
}

func refused(t *testing.T, p event.Payload, want string) {
	t.Helper()
	err := p.Validate()
	if fault.KindOf(err) != fault.Invalid || err.Error() != "invalid-event: "+want {
		t.Errorf("%s: got %v, want %s", p.EventType(), err, want)
	}
}

func TestMoneyDecimalIsExact(t *testing.T) {
	for name, c := range map[string]struct {
		amount int64
		digits int
		want   string
	}{
		"euro and cent":                 {1999, 2, "19.99"},
		"cents alone":                   {5, 2, "0.05"},
		"nothing":                       {0, 2, "0.00"},
		"a whole euro keeps its cents":  {100, 2, "1.00"},
		"yen":                           {1999, 0, "1999"},
		"dinar":                         {1999, 3, "1.999"},
		"four digits":                   {1, 4, "0.0001"},
		"a deduction":                   {-1999, 2, "-19.99"},
		"a deduction of cents":          {-5, 2, "-0.05"},
		"the largest amount":            {math.MaxInt64, 2, "92233720368547758.07"},
		"the smallest amount":           {math.MinInt64, 2, "-92233720368547758.08"},
		"the smallest amount, no minor": {math.MinInt64, 0, "-9223372036854775808"},
		"more digits than an int has":   {7, 25, "0.0000000000000000000000007"},
		"digits below 0 as none":        {7, -1, "7"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (retail.Money{Currency: "EUR", Amount: c.amount, FractionDigits: c.digits}).Decimal(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
