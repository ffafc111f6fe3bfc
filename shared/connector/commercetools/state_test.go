package commercetools

import (
	"strings"
	"testing"

	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/fault"
)

func TestShipmentStateAfterADelivery(t *testing.T) {
	all := parcel()
	part := all
	part.Items = all.Items[:3]
	rest := all
	rest.Key, rest.Items = "signalbox-2", all.Items[3:]
	tests := map[string]struct {
		state   any
		earlier []Delivery
		now     Delivery
		want    string
	}{
		"is Shipped when all is in transit":               {"Pending", nil, all, "Shipped"},
		"is Shipped where there was none":                 {nil, nil, all, "Shipped"},
		"is Shipped although it was Ready":                {"Ready", nil, all, "Shipped"},
		"is Shipped although it was Delayed":              {"Delayed", nil, all, "Shipped"},
		"is Shipped although it was Backorder":            {"Backorder", nil, all, "Shipped"},
		"is Partial while lines are left":                 {"Pending", nil, part, "Partial"},
		"is Shipped when the rest follows":                {"Pending", []Delivery{part}, rest, "Shipped"},
		"stays Shipped":                                   {"Shipped", nil, all, "Shipped"},
		"stays Delivered":                                 {"Delivered", nil, all, "Delivered"},
		"stays Canceled, for a person set it against all": {"Canceled", nil, all, "Canceled"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client, double, _ := serve(t)
			change(t, double, func(o object) {
				if o["shipmentState"] = test.state; test.state == nil {
					delete(o, "shipmentState")
				}
			})
			for _, d := range append(test.earlier, test.now) {
				if err := client.AddDelivery(t.Context(), commercetoolstest.SampleOrder, d); err != nil {
					t.Fatal(err)
				}
			}
			o := current(t, double)
			if o.ShipmentState != test.want || !o.hasDelivery(test.now.Key) {
				t.Errorf("state %s, delivery written: %t; want %s", o.ShipmentState, o.hasDelivery(test.now.Key), test.want)
			}
		})
	}
}

func TestShippingMethodsOfAnOrder(t *testing.T) {
	multiple := func(keys ...string) func(o object) {
		return func(o object) {
			var all []any
			for _, key := range keys {
				all = append(all, object{"shippingKey": key, "shippingInfo": o["shippingInfo"], "shippingAddress": o["shippingAddress"]})
			}
			o["shippingMode"], o["shipping"] = "Multiple", all
			delete(o, "shippingInfo")
		}
	}
	tests := map[string]struct {
		edit   func(o object)
		reason string
	}{
		"one":                           {func(object) {}, ""},
		"none":                          {func(o object) { delete(o, "shippingInfo") }, "commercetools-no-shipping-method"},
		"one where several are allowed": {multiple("home"), ""},
		"several":                       {multiple("home", "work"), "commercetools-several-shipping-methods"},
		"none where several may be":     {multiple(), "commercetools-no-shipping-method"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client, double, server := serve(t)
			change(t, double, test.edit)
			for range 2 {
				err := client.AddDelivery(t.Context(), commercetoolstest.SampleOrder, parcel())
				if f := fault.Of(err); test.reason == "" && f != nil || test.reason != "" && (f == nil || f.Reason != test.reason || f.Kind != fault.Permanent) {
					t.Fatalf("AddDelivery: %v; want %q", err, test.reason)
				}
			}
			want := 1
			if test.reason != "" {
				want = 0
			}
			if n := strings.Count(requests(server), "POST /acme-dev"); n != want || len(double.Effects()) != want {
				t.Errorf("%d updates, %d deliveries; want %d", n, len(double.Effects()), want)
			}
		})
	}
}
