package commercetoolstest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"signalbox/shared/connector/commercetools/commercetoolstest"
)

func TestReturnsOfANotificationAreTheOrders(t *testing.T) {
	d := commercetoolstest.New()
	put := func(body string) object {
		t.Helper()
		if err := d.PutNotification([]byte(body)); err != nil {
			t.Fatal(err)
		}
		text, _ := d.Order("new")
		var o object
		if err := json.Unmarshal(text, &o); err != nil {
			t.Fatal(err)
		}
		return o
	}
	items := func(o object) (all []string) {
		for _, info := range o["returnInfo"].([]any) {
			for _, item := range info.(object)["items"].([]any) {
				all = append(all, fmt.Sprint(item.(object)["id"], " ", item.(object)["shipmentState"]))
			}
		}
		return all
	}
	const resource = `"resource":{"id":"new"},"resourceVersion":9,`
	for _, step := range []struct{ body, want string }{
		{`{` + resource + `"returnInfo":{"items":[{"id":"i-1","shipmentState":"Advised"}]}}`, "[i-1 Advised]"},
		{`{` + resource + `"returnItemId":"i-1","returnShipmentState":"Returned"}`, "[i-1 Returned]"},
		{`{` + resource + `"returnItemId":"i-2","returnShipmentState":"Unusable"}`, "[i-1 Returned i-2 Unusable]"},
		{`{` + resource + `"returnInfo":[{"items":[{"id":"i-3","shipmentState":"Advised"}]}]}`, "[i-3 Advised]"},
	} {
		o := put(step.body)
		if got := fmt.Sprint(items(o)); got != step.want || o["version"] != 9.0 || o["customerId"] != nil {
			t.Errorf("%s: returns %s of version %v of customer %v; want %s", step.body, got, o["version"], o["customerId"], step.want)
		}
	}
}

func TestRefusedUpdatesOfStockAndPayments(t *testing.T) {
	const entry, payment = "/acme-dev/inventory/93b6e0f4-7d1a-4c58-8e2f-a4c5d6b70913", "/acme-dev/payments/8b9cad1e-2f30-4b4c-9d5e-6f708192a3b4"
	const all = "manage_orders:acme-dev+manage_products:acme-dev+manage_payments:acme-dev"
	update := func(version int, action string) string {
		return fmt.Sprintf(`{"version":%d,"actions":[%s]}`, version, action)
	}
	for sentence, c := range map[string]struct {
		path, scope, body string
		status            int
	}{
		"stock without the scope":        {entry, "manage_orders:acme-dev", update(1, `{"action":"changeQuantity","quantity":1}`), 403},
		"a payment without the scope":    {payment, "view_payments:acme-dev", update(2, `{}`), 403},
		"stock of another version":       {entry, all, update(2, `{"action":"changeQuantity","quantity":1}`), 409},
		"a payment of another version":   {payment, all, update(1, `{}`), 409},
		"an unknown entry":               {"/acme-dev/inventory/x", all, update(1, `{}`), 404},
		"an unknown payment":             {"/acme-dev/payments/x", all, update(1, `{}`), 404},
		"half a piece":                   {entry, all, update(1, `{"action":"changeQuantity","quantity":0.5}`), 400},
		"an action there is not":         {entry, all, update(1, `{"action":"setMood"}`), 400},
		"a field without a type":         {entry, all, update(1, `{"action":"setCustomField","name":"signalboxReturns","value":"x"}`), 400},
		"a type there is not":            {entry, all, update(1, `{"action":"setCustomType","type":{"typeId":"type","key":"x"}}`), 400},
		"a transaction of no kind":       {payment, all, update(2, `{"action":"addTransaction","transaction":{"type":"Gift","amount":{"currencyCode":"USD","centAmount":1}}}`), 400},
		"a transaction of no state":      {payment, all, update(2, `{"action":"addTransaction","transaction":{"type":"Refund","state":"Odd","amount":{"currencyCode":"USD","centAmount":1}}}`), 400},
		"a transaction of no amount":     {payment, all, update(2, `{"action":"addTransaction","transaction":{"type":"Refund"}}`), 400},
		"an action a payment has not":    {payment, all, update(2, `{"action":"setMood"}`), 400},
		"a refund in the initial state":  {payment, all, update(2, `{"action":"addTransaction","transaction":{"type":"Refund","amount":{"currencyCode":"USD","centAmount":1}}}`), 200},
		"a quantity below that on stock": {entry, all, update(1, `{"action":"changeQuantity","quantity":1}`), 200},
	} {
		t.Run(sentence, func(t *testing.T) {
			d := commercetoolstest.New()
			status, body := call(t, d, http.MethodPost, c.path, token(t, d, c.scope), c.body)
			if status != c.status {
				t.Errorf("status %d, %v; want %d", status, body, c.status)
			}
			if changed := len(d.Effects()) > 0; changed != (c.status == 200 && strings.Contains(c.body, "Refund")) {
				t.Errorf("effects %v", d.Effects())
			}
		})
	}
}
