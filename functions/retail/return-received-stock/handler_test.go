package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"signalbox/shared/connector/commercetools"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// fake is a shop that notes what it was asked for.
type fake struct {
	outcome commercetools.Restocked
	err     error
	asked   string
}

func (f *fake) Restock(_ context.Context, m commercetools.Marks, name, sku, channel string, pieces int64) (commercetools.Restocked, error) {
	f.asked = fmt.Sprint(m.Field, " ", name, " ", sku, " ", channel, " ", pieces)
	return f.outcome, f.err
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
