package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"signalbox/shared/config"
	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// fake is a shop that records its calls.
type fake struct {
	outcome commercetools.Restocked
	err     error
	asked   string
}

func (f *fake) Restock(_ context.Context, m commercetools.Marks, name, sku, channel string, pieces int64) (commercetools.Restocked, error) {
	f.asked = fmt.Sprint(m.Field, " ", name, " ", sku, " ", channel, " ", pieces)
	return f.outcome, f.err
}

func TestSettings(t *testing.T) {
	for sentence, c := range map[string]struct{ restock, kind, asked, err string }{
		"by default it is counted":        {"yes", "signalbox-inventory", "signalboxReturns i-1 A  1", ""},
		"not where the warehouse counts":  {"no", "signalbox-inventory", "", "ignored: off"},
		"a word that is none is refused":  {"maybe", "signalbox-inventory", "", "RETURN_RESTOCK: expected one of yes, no"},
		"and so is a type that is no key": {"yes", "a b", "", "COMMERCETOOLS_RETURN_TYPE: expected the key of a custom type"},
	} {
		t.Run(sentence, func(t *testing.T) {
			var f fake
			handle, err := newHandler(config.Static(map[string]string{
				"RETURN_RESTOCK": c.restock, "COMMERCETOOLS_RETURN_TYPE": c.kind, "COMMERCETOOLS_RETURN_FIELD": "signalboxReturns",
			}, nil), &f)
			if err == nil {
				err = handle(t.Context(), event.Event[retail.ReturnReceived]{Data: retail.ReturnReceived{Item: retail.ReturnItem{
					ID: "i-1", SKU: "A", Quantity: 1, Condition: retail.BackInStock,
				}}})
			}
			if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err || f.asked != c.asked {
				t.Errorf("asked %q, %v; want %q, %s", f.asked, err, c.asked, c.err)
			}
		})
	}
}

func TestHandle(t *testing.T) {
	const asked = "field i-1 A north 2"
	for name, c := range map[string]struct {
		condition retail.Condition
		sku       string
		fake      fake
		asked     string
		err       string
	}{
		"what can be sold again goes back":           {retail.BackInStock, "A", fake{}, asked, ""},
		"what nobody judged yet does not":            {retail.Returned, "A", fake{}, "", "ignored: returned"},
		"what is unusable does not":                  {retail.Unusable, "A", fake{}, "", "ignored: unusable"},
		"gift wrapping has no stock":                 {retail.BackInStock, "", fake{}, "", "ignored: no-sku"},
		"a SKU that is not kept in stock is ignored": {retail.BackInStock, "A", fake{outcome: commercetools.NoEntry}, asked, "ignored: no-inventory-entry"},
		"a failure is reported":                      {retail.BackInStock, "A", fake{outcome: commercetools.NoEntry, err: errors.New("broken")}, asked, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			e := event.Event[retail.ReturnReceived]{Data: retail.ReturnReceived{OrderID: "o-1", Item: retail.ReturnItem{
				ID: "i-1", SKU: c.sku, Channel: "north", Quantity: 2, Condition: c.condition,
			}}}
			err := handler{shop: &c.fake, marks: commercetools.Marks{Type: "type", Field: "field"}}.handle(t.Context(), e)
			if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err || c.fake.asked != c.asked {
				t.Errorf("asked %q, %v; want %q, %s", c.fake.asked, err, c.asked, c.err)
			}
		})
	}
}
