package commercetools

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// mapped opens the sample order after change and returns the order of the event.
func mapped(t *testing.T, s Source, change func(order object)) (retail.Order, error) {
	t.Helper()
	n := decode(t, sample(t, "order-created.json"))
	change(n["order"].(object))
	events, err := s.Open(t.Context(), encode(t, n))
	if err != nil {
		return retail.Order{}, err
	}
	e, err := event.As[retail.OrderCreated](events[0])
	if err != nil {
		t.Fatal(err)
	}
	return e.Data.Order, nil
}

func usd(cents int) object {
	return object{"type": "centPrecision", "currencyCode": "USD", "centAmount": cents, "fractionDigits": 2}
}

func precise(cents, amount int) object {
	return object{"type": "highPrecision", "currencyCode": "USD", "centAmount": cents, "preciseAmount": amount, "fractionDigits": 4}
}

func first(o object, field string) object { return o[field].([]any)[0].(object) }

func TestMapping(t *testing.T) {
	money := func(cents int64) retail.Money {
		return retail.Money{Currency: "USD", Amount: cents, FractionDigits: 2}
	}
	tests := map[string]struct {
		change func(o object)
		got    func(o retail.Order) any
		want   any
	}{
		"the total is what the customer pays": {
			func(object) {}, func(o retail.Order) any { return o.Total }, money(35284)},
		"the total without calculated tax is the list total": {
			func(o object) { delete(o, "taxedPrice") }, func(o retail.Order) any { return o.Total }, money(32595)},
		"a unit price is after the product discount": {
			func(object) {}, func(o retail.Order) any { return o.Lines[0].UnitPrice }, money(21900)},
		"a unit price without a discount is the price": {
			func(o object) { delete(first(o, "lineItems")["price"].(object), "discounted") },
			func(o retail.Order) any { return o.Lines[0].UnitPrice }, money(24900)},
		"a high-precision price is rounded to the currency's unit": {
			func(o object) {
				first(o, "lineItems")["price"] = object{"id": "p", "value": precise(25, 24987)}
			}, func(o retail.Order) any { return o.Lines[0].UnitPrice }, money(25)},
		"a line's total is as shown in the shop": {
			func(object) {}, func(o retail.Order) any { return o.Lines[1].Total }, money(8900)},
		"yen have no minor unit": {
			func(o object) {
				yen := func(n int) object {
					return object{"type": "centPrecision", "currencyCode": "JPY", "centAmount": n, "fractionDigits": 0}
				}
				line := first(o, "lineItems")
				line["price"], line["totalPrice"] = object{"value": yen(1200)}, yen(1200)
				o["lineItems"], o["totalPrice"] = []any{line}, yen(1200)
				delete(o, "taxedPrice")
			}, func(o retail.Order) any { return o.Total.Decimal() + " " + o.Lines[0].UnitPrice.Decimal() }, "1200 1200"},
		"custom line items are in the total and not in the lines": {
			func(object) {}, func(o retail.Order) any { return len(o.Lines) }, 2},
		"custom line items are the lines of an order that has no others": {
			func(o object) { o["lineItems"] = []any{} }, func(o retail.Order) any { return o.Lines },
			[]retail.Line{{ID: "33cc8f20-5e74-4da1-bf90-2c3d4e5f6003", SKU: "gift-wrap", Name: "Gift wrap", Quantity: 1, UnitPrice: money(500), Total: money(500)}}},
		"an order without a number is known by its id": {
			func(o object) { delete(o, "orderNumber") }, func(o retail.Order) any { return o.Number }, "6f2d8c1e-4b7a-4e0d-9c35-a1b2c3d4e501"},
		"a variant without a SKU is known by its key": {
			func(o object) { delete(first(o, "lineItems")["variant"].(object), "sku") },
			func(o retail.Order) any { return o.Lines[0].SKU }, "tent-2p-moss-1"},
		"a variant without either is known by its product": {
			func(o object) { first(o, "lineItems")["variant"] = object{"id": 1} },
			func(o retail.Order) any { return o.Lines[0].SKU }, "5be16d0e-3c52-4b8f-9d7e-0a1b2c3d4e01"},
		"a name is in the customer's locale": {
			func(o object) { o["locale"] = "de-DE" }, func(o retail.Order) any { return o.Lines[0].Name }, "Zweipersonenzelt, moos"},
		"a name is in the customer's language": {
			func(o object) { o["locale"] = "de-AT" }, func(o retail.Order) any { return o.Lines[0].Name }, "Zweipersonenzelt, moos"},
		"a name is English otherwise": {
			func(o object) { o["locale"] = "fr-FR" }, func(o retail.Order) any { return o.Lines[0].Name }, "Two-person tent, moss"},
		"a name is the first one where there is no English": {
			func(o object) {
				o["locale"] = "fr"
				first(o, "lineItems")["name"] = object{"sv": "Tält", "nl": "Tent", "it": ""}
			}, func(o retail.Order) any { return o.Lines[0].Name }, "Tent"},
		"a weight is in whole grams": {
			func(o object) { setWeight(o, 2350.2) }, func(o retail.Order) any { return o.Lines[0].WeightGrams }, int64(2351)},
		"a weight that is a text is unknown": {
			func(o object) { setWeight(o, "2350 g") }, func(o retail.Order) any { return o.Lines[0].WeightGrams }, int64(0)},
		"a negative weight is unknown": {
			func(o object) { setWeight(o, -1) }, func(o retail.Order) any { return o.Lines[0].WeightGrams }, int64(0)},
		"an absurd weight is unknown": {
			func(o object) { setWeight(o, 1e300) }, func(o retail.Order) any { return o.Lines[0].WeightGrams }, int64(0)},
		"the payment method and the risk session are custom fields": {
			func(object) {}, func(o retail.Order) any { return []string{o.PaymentMethod, o.RiskSession} },
			[]string{"pm_1SampleVisaRosalind", "rse_1SampleSessionRosalind"}},
		"custom fields of another type are unknown": {
			func(o object) {
				o["custom"] = object{"fields": object{"stripePaymentMethodId": 7, "stripeRadarSession": nil}}
			}, func(o retail.Order) any { return o.PaymentMethod + o.RiskSession }, ""},
		"an order without custom fields has neither": {
			func(o object) { delete(o, "custom") }, func(o retail.Order) any { return o.PaymentMethod + o.RiskSession }, ""},
		"the customer's name is the bill's": {
			func(o object) { o["billingAddress"].(object)["firstName"] = "Rosa" },
			func(o retail.Order) any { return o.Customer },
			retail.Customer{ID: "e0b5c7a4-9d13-4f86-b2a7-6c5d4e3f2a10", Email: "rosalind.achterberg@example.com", FirstName: "Rosa", LastName: "Achterberg"}},
		"a guest has no id and the parcel's name and e-mail": {
			func(o object) {
				delete(o, "customerId")
				delete(o, "customerEmail")
				delete(o, "billingAddress")
			}, func(o retail.Order) any { return o.Customer },
			retail.Customer{Email: "rosalind.achterberg@example.com", FirstName: "Rosalind", LastName: "Achterberg"}},
		"an American address has the number first": {
			func(object) {}, func(o retail.Order) any { return o.ShipTo.Street + ", " + o.ShipTo.Additional }, "4120 Juniper Hollow Road, Unit 6"},
		"a German address has the number last": {
			func(o object) { o["shippingAddress"].(object)["country"] = "DE" },
			func(o retail.Order) any { return o.ShipTo.Street }, "Juniper Hollow Road 4120"},
		"what else an address says is kept in order": {
			func(o object) {
				o["shippingAddress"] = object{"country": "US", "streetName": "Elm Street", "building": "B", "apartment": "2", "pOBox": "PO 7",
					"department": "Sales", "additionalStreetInfo": "Rear", "additionalAddressInfo": "Ring twice", "region": "TX", "mobile": "1"}
			}, func(o retail.Order) any { return *o.ShipTo },
			retail.Address{Street: "Elm Street", Additional: "Rear, B, 2, PO 7, Sales, Ring twice", State: "TX", Country: "US", Phone: "1"}},
		"nothing to ship has no address": {
			func(o object) {
				delete(o, "shippingAddress")
				delete(o, "shippingInfo")
			}, func(o retail.Order) any { return o.ShipTo == nil && o.ShippingMethod == "" }, true},
		"one of one shipping method is the order's": {
			func(o object) {
				o["shipping"] = []any{object{"shippingKey": "a", "shippingInfo": o["shippingInfo"], "shippingAddress": o["shippingAddress"]}}
				o["shippingMode"] = "Multiple"
				delete(o, "shippingAddress")
				delete(o, "shippingInfo")
			}, func(o retail.Order) any { return o.ShippingMethod + " to " + o.ShipTo.City }, "FedEx Ground to Austin"},
		"several shipping methods to one address have no one name": {
			func(o object) {
				one := object{"shippingKey": "a", "shippingInfo": o["shippingInfo"], "shippingAddress": o["shippingAddress"]}
				o["shipping"] = []any{one, one}
				o["shippingMode"] = "Multiple"
				delete(o, "shippingAddress")
				delete(o, "shippingInfo")
			}, func(o retail.Order) any { return o.ShippingMethod + " to " + o.ShipTo.City }, " to Austin"},
		"a further address that no line names is not shipped to": {
			func(o object) { o["itemShippingAddresses"] = []any{elsewhere()} },
			func(o retail.Order) any { return o.ShipTo.City }, "Austin"},
		"an address that lines alone name is the order's": {
			func(o object) {
				o["itemShippingAddresses"] = []any{elsewhere()}
				first(o, "lineItems")["shippingDetails"] = object{"targets": []any{object{"addressKey": "cabin", "quantity": 1}}, "valid": true}
				delete(o, "shippingAddress")
			}, func(o retail.Order) any { return o.ShipTo.City }, "Marfa"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o, err := mapped(t, source(t), test.change)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, test.got(o)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func elsewhere() object {
	return object{"key": "cabin", "country": "US", "city": "Marfa", "state": "TX"}
}

// Without an address nothing would ever be shipped, and no one would notice.
func TestOrderToSeveralAddressesIsRefused(t *testing.T) {
	tests := map[string]func(o object){
		"by its shipping methods": func(o object) {
			o["shippingMode"] = "Multiple"
			o["shipping"] = []any{
				object{"shippingKey": "a", "shippingInfo": o["shippingInfo"], "shippingAddress": o["shippingAddress"]},
				object{"shippingKey": "b", "shippingInfo": o["shippingInfo"], "shippingAddress": elsewhere()},
			}
			delete(o, "shippingAddress")
			delete(o, "shippingInfo")
		},
		"by its line items": func(o object) {
			o["itemShippingAddresses"] = []any{elsewhere()}
			first(o, "lineItems")["shippingDetails"] = object{"targets": []any{object{"addressKey": "cabin", "quantity": 1}}, "valid": true}
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := mapped(t, source(t), change)
			if f := fault.Of(err); f == nil || f.Kind != fault.Permanent || f.Reason != "commercetools-several-addresses" {
				t.Errorf("Open: %v; want it refused", err)
			}
		})
	}
}

func setWeight(o object, value any) {
	for _, a := range first(o, "lineItems")["variant"].(object)["attributes"].([]any) {
		if a := a.(object); a["name"] == "weightGrams" {
			a["value"] = value
		}
	}
}

func TestFieldsWithoutANameAreUnknown(t *testing.T) {
	s := source(t)
	s.Fields = Fields{}
	o, err := mapped(t, s, func(o object) {
		o["custom"] = object{"fields": object{"": "pm_1"}}
		first(o, "lineItems")["variant"] = object{"attributes": []any{object{"name": "", "value": 5}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	if o.PaymentMethod != "" || o.RiskSession != "" || o.Lines[0].WeightGrams != 0 {
		t.Errorf("an unnamed field was taken for payment %q, session %q or weight %d", o.PaymentMethod, o.RiskSession, o.Lines[0].WeightGrams)
	}
}

func TestOrdersThatAreWrongNameTheField(t *testing.T) {
	tests := map[string]struct {
		change func(o object)
		want   string
	}{
		"no version":                 {func(o object) { delete(o, "version") }, "order.version: expected a whole number above 0"},
		"a version that is a text":   {func(o object) { o["version"] = "1" }, "order.version: expected a whole number within range"},
		"no creation time":           {func(o object) { delete(o, "createdAt") }, "order.createdAt: expected a time in RFC 3339"},
		"no total":                   {func(o object) { delete(o, "totalPrice") }, "order.totalPrice: expected an amount of money"},
		"a total without an amount":  {func(o object) { delete(o["totalPrice"].(object), "centAmount") }, "order.totalPrice.centAmount: expected a whole number"},
		"a total of part of a cent":  {func(o object) { o["totalPrice"].(object)["centAmount"] = 1.5 }, "order.totalPrice.centAmount: expected a whole number within range"},
		"a total without digits":     {func(o object) { delete(o["totalPrice"].(object), "fractionDigits") }, "order.totalPrice.fractionDigits: expected a whole number"},
		"a total in no currency":     {func(o object) { o["totalPrice"].(object)["currencyCode"] = "usd" }, "order.totalPrice.currencyCode: expected an ISO 4217 code such as EUR"},
		"a gross total without one":  {func(o object) { o["taxedPrice"] = object{"totalGross": object{}} }, "order.taxedPrice.totalGross.centAmount: expected a whole number"},
		"a negative total":           {func(o object) { o["taxedPrice"] = object{"totalGross": usd(-1)} }, "data.order.total.amount: expected 0 or more"},
		"no lines at all":            {func(o object) { o["lineItems"], o["customLineItems"] = []any{}, []any{} }, "order.lineItems: expected at least one line item"},
		"lines that are an object":   {func(o object) { o["lineItems"] = object{} }, "order.lineItems: expected an array"},
		"a line without an id":       {func(o object) { delete(first(o, "lineItems"), "id") }, "order.lineItems[0].id: expected a non-empty string"},
		"a line of nothing":          {func(o object) { first(o, "lineItems")["quantity"] = 0 }, "order.lineItems[0].quantity: expected a whole number above 0"},
		"a line without a price":     {func(o object) { delete(first(o, "lineItems"), "price") }, "order.lineItems[0].price.value: expected an amount of money"},
		"a line without a total":     {func(o object) { delete(first(o, "lineItems"), "totalPrice") }, "order.lineItems[0].totalPrice: expected an amount of money"},
		"a discount without a value": {func(o object) { first(o, "lineItems")["price"].(object)["discounted"] = object{"value": object{}} }, "order.lineItems[0].price.discounted.value.centAmount: expected a whole number"},
		"an address without country": {func(o object) { delete(o["shippingAddress"].(object), "country") }, "order.shippingAddress.country: expected an ISO 3166-1 alpha-2 code such as DE"},
		"a bill to nowhere":          {func(o object) { o["billingAddress"] = object{"country": "Austria"} }, "order.billingAddress.country: expected an ISO 3166-1 alpha-2 code such as DE"},
		"a street that is a number":  {func(o object) { o["shippingAddress"].(object)["streetNumber"] = 12 }, "order.shippingAddress.streetNumber: expected a string"},
		"custom fields in a list":    {func(o object) { o["custom"] = object{"fields": []any{}} }, "order.custom.fields: expected an object"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := mapped(t, source(t), test.change)
			if fault.KindOf(err) != fault.Invalid || err == nil || err.Error() != "invalid-event: "+test.want {
				t.Errorf("Open: %v; want %s", err, test.want)
			}
		})
	}
}
