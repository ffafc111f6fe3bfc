package commercetools_test

import (
	"os"
	"strings"
	"testing"

	"signalbox/shared/fault"
	"signalbox/shared/source/commercetools"
)

func extension(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile("../../../events-samples/checkout/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestCartOfAnExtension(t *testing.T) {
	e, err := commercetools.OpenExtension(extension(t, "cart-update"), commercetools.Fields{})
	if err != nil || e.Create || e.Cart == nil || e.Order != nil {
		t.Fatalf("%+v, %v", e, err)
	}
	// A tent reduced to 219.00 and two stoves of 44.50; the wrapping is no goods.
	if c := e.Cart; c.Goods != 21900+2*4450 || c.Currency != "USD" || strings.Join(c.SKUs, " ") != "TENT-2P-MOSS STOVE-GAS-MINI" || c.HasCode || len(c.Direct) > 0 {
		t.Errorf("%+v", c)
	}
}

func TestOrderOfAnExtensionNeedsNoMoreThanACheck(t *testing.T) {
	e, err := commercetools.OpenExtension([]byte(`{"action":"Create","resource":{"typeId":"order","id":"o","obj":{"id":"o","totalPrice":{"currencyCode":"EUR","centAmount":100,"fractionDigits":2}}}}`), commercetools.Fields{})
	if err != nil || !e.Create || e.Order == nil || e.Order.Number != "o" || e.Order.Total.Amount != 100 {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestExtensionsThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct{ body, field string }{
		"no JSON":                  {"canary", "extension"},
		"no action":                {`{}`, "extension.action"},
		"another action":           {`{"action":"canary"}`, "extension.action"},
		"no resource":              {`{"action":"Create"}`, "extension.resource"},
		"no obj":                   {`{"action":"Create","resource":{"typeId":"cart"}}`, "extension.resource.obj"},
		"a cart without id":        {`{"action":"Create","resource":{"typeId":"cart","obj":{}}}`, "cart.id"},
		"a cart without price":     {`{"action":"Create","resource":{"typeId":"cart","obj":{"id":"c"}}}`, "cart.totalPrice"},
		"a line without price":     {`{"action":"Create","resource":{"typeId":"cart","obj":{"id":"c","totalPrice":{"currencyCode":"EUR","centAmount":1,"fractionDigits":2},"lineItems":[{}]}}}`, "cart.lineItems[].price.value"},
		"more than can be counted": {`{"action":"Create","resource":{"typeId":"cart","obj":{"id":"c","totalPrice":{"currencyCode":"EUR","centAmount":1,"fractionDigits":2},"lineItems":[{"quantity":9007199254740992,"price":{"value":{"currencyCode":"EUR","centAmount":9007199254740992,"fractionDigits":2}}}]}}}`, "cart.lineItems[].quantity"},
		"an order without id":      {`{"action":"Create","resource":{"typeId":"order","obj":{}}}`, "order.id"},
		"an order without price":   {`{"action":"Create","resource":{"typeId":"order","obj":{"id":"o"}}}`, "order.totalPrice"},
		"a price that is text":     {`{"action":"Create","resource":{"typeId":"order","obj":{"id":"o","totalPrice":"canary"}}}`, "order.totalPrice"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := commercetools.OpenExtension([]byte(c.body), commercetools.Fields{})
			if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.field+":") || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v, want it to name %s and quote nothing", err, c.field)
			}
		})
	}
}

func FuzzOpenExtension(f *testing.F) {
	f.Add(extension(f, "cart-update"))
	f.Add(extension(f, "order-create"))
	f.Add([]byte(`{"action":"Update","resource":{"typeId":"cart","obj":{"id":"c","directDiscounts":[{"value":{"permyriad":-1}}]}}}`))
	fields := commercetools.Fields{PaymentMethod: "stripePaymentMethodId", RiskSession: "stripeRadarSession"}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := commercetools.OpenExtension(body, fields)
		switch {
		case err != nil && fault.KindOf(err) != fault.Invalid:
			t.Errorf("an error of another kind: %v", err)
		case err == nil && e.Cart != nil && (e.Cart.ID == "" || e.Cart.Goods < 0):
			t.Errorf("half a cart: %+v", e.Cart)
		case err == nil && e.Order != nil && e.Order.ID == "":
			t.Errorf("half an order: %+v", e.Order)
		}
	})
}
