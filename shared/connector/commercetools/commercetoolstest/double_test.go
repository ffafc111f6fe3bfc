package commercetoolstest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
)

var _ connectortest.Double = (*commercetoolstest.Double)(nil)

type object = map[string]any

const path = "/acme-dev/orders/" + commercetoolstest.SampleOrder

// call sends one request to the double and returns status and decoded body.
func call(t *testing.T, d *commercetoolstest.Double, method, path, authorization, body string) (int, object) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", authorization)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Code, decode(t, w.Result().Body)
}

func decode(t *testing.T, body io.Reader) object {
	t.Helper()
	var o object
	if err := json.UnmarshalRead(body, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func tokenRequest(t *testing.T, d *commercetoolstest.Double, secret, form string) (int, object) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader(form))
	r.SetBasicAuth(d.Secret()["client_id"], secret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Code, decode(t, w.Result().Body)
}

func token(t *testing.T, d *commercetoolstest.Double, scope string) string {
	t.Helper()
	status, body := tokenRequest(t, d, d.Secret()["client_secret"], "grant_type=client_credentials&scope="+scope)
	if status != http.StatusOK {
		t.Fatalf("token: %d %v", status, body)
	}
	return "Bearer " + body["access_token"].(string)
}

func code(o object) any {
	errors, _ := o["errors"].([]any)
	if len(errors) == 0 {
		return nil
	}
	return errors[0].(object)["code"]
}

func TestTokenIsRefused(t *testing.T) {
	tests := map[string]struct {
		secret, form string
		status       int
		code         string
	}{
		"to a wrong secret":           {"wrong", "grant_type=client_credentials", 401, "invalid_client"},
		"for another grant":           {"double-secret", "grant_type=password", 400, "unsupported_grant_type"},
		"for a scope not granted":     {"double-secret", "grant_type=client_credentials&scope=manage_project:acme-dev", 400, "invalid_scope"},
		"for the scope of a stranger": {"double-secret", "grant_type=client_credentials&scope=manage_orders:other", 400, "invalid_scope"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			status, body := tokenRequest(t, commercetoolstest.New(), test.secret, test.form)
			if status != test.status || code(body) != test.code || body["error"] != test.code {
				t.Errorf("%d %v; want %d %s", status, body, test.status, test.code)
			}
		})
	}
}

func TestRequestsAreRefused(t *testing.T) {
	d := commercetoolstest.New()
	view, manage := token(t, d, "view_orders:acme-dev"), token(t, d, "manage_orders:acme-dev")
	nothing := `{"version":1,"actions":[]}`
	tests := map[string]struct {
		method, path, token, body string
		status                    int
		code                      string
	}{
		"without a token":               {"GET", path, "", "", 401, "invalid_token"},
		"with a made-up token":          {"GET", path, "Bearer made-up", "", 401, "invalid_token"},
		"updating with a reader's":      {"POST", path, view, nothing, 403, "insufficient_scope"},
		"an unknown order":              {"GET", "/acme-dev/orders/x", manage, "", 404, "ResourceNotFound"},
		"updating an unknown one":       {"POST", "/acme-dev/orders/x", manage, nothing, 404, "ResourceNotFound"},
		"an unknown number":             {"GET", "/acme-dev/orders/order-number=x", manage, "", 404, "ResourceNotFound"},
		"another project":               {"GET", "/other/orders/x", manage, "", 404, "ResourceNotFound"},
		"another method":                {"DELETE", path, manage, "", 405, "InvalidInput"},
		"an update that is no JSON":     {"POST", path, manage, "{", 400, "InvalidJsonInput"},
		"an update without a version":   {"POST", path, manage, `{"actions":[]}`, 400, "InvalidInput"},
		"an update without actions":     {"POST", path, manage, `{"version":1}`, 400, "InvalidInput"},
		"an update of an old version":   {"POST", path, manage, `{"version":7,"actions":[]}`, 409, "ConcurrentModification"},
		"an action that does not exist": {"POST", path, manage, `{"version":1,"actions":[{"action":"setShipmentState"}]}`, 400, "InvalidInput"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			status, body := call(t, d, test.method, test.path, test.token, test.body)
			if status != test.status || code(body) != test.code {
				t.Errorf("%d %v; want %d %s", status, body, test.status, test.code)
			}
		})
	}
	if _, body := call(t, d, "POST", path, manage, `{"version":7,"actions":[]}`); body["errors"].([]any)[0].(object)["currentVersion"] != 1.0 {
		t.Errorf("a conflict without the current version: %v", body)
	}
}

func TestTokensEnd(t *testing.T) {
	d := commercetoolstest.New()
	manage := token(t, d, "manage_orders:acme-dev")
	if status, _ := call(t, d, "GET", path, manage, ""); status != 200 {
		t.Fatalf("a fresh token: %d", status)
	}
	d.RevokeTokens()
	if status, _ := call(t, d, "GET", path, manage, ""); status != 401 {
		t.Errorf("a revoked token: %d", status)
	}
	d.SetTokenLifetime(-time.Second)
	if status, _ := call(t, d, "GET", path, token(t, d, "manage_orders:acme-dev"), ""); status != 401 {
		t.Errorf("an expired token: %d", status)
	}
}

func TestActions(t *testing.T) {
	const line = `"items":[{"id":"55ee0001-7096-4fc3-90b2-4e5f60718205","quantity":1}]`
	delivery := `{"action":"addDelivery","deliveryKey":"d1",` + line + `,"parcels":[{"key":"p1","trackingData":{"trackingId":"1"}},{"key":"p2"}]}`
	tests := map[string]struct {
		actions string
		status  int
		code    string
		// version is that of the order afterwards, effects the deliveries.
		version float64
		effects int
	}{
		"nothing changes nothing":                    {``, 200, "", 1, 0},
		"a delivery":                                 {delivery, 200, "", 2, 1},
		"a delivery and a state":                     {delivery + `,{"action":"changeShipmentState","shipmentState":"Shipped"}`, 200, "", 3, 1},
		"the state it has":                           {`{"action":"changeShipmentState","shipmentState":"Pending"}`, 200, "", 1, 0},
		"a state that does not exist":                {`{"action":"changeShipmentState","shipmentState":"Cancelled"}`, 400, "InvalidInput", 1, 0},
		"an order state":                             {`{"action":"changeOrderState","orderState":"Cancelled"}`, 200, "", 2, 0},
		"an order state that does not exist":         {`{"action":"changeOrderState","orderState":"Canceled"}`, 400, "InvalidInput", 1, 0},
		"all or nothing":                             {delivery + `,{"action":"changeShipmentState","shipmentState":"Gone"}`, 400, "InvalidInput", 1, 0},
		"the same delivery twice is two":             {delivery + "," + delivery, 200, "", 3, 2},
		"a delivery of another's line":               {`{"action":"addDelivery","items":[{"id":"x","quantity":1}]}`, 400, "InvalidOperation", 1, 0},
		"a delivery of part of a piece":              {strings.Replace(delivery, `"quantity":1`, `"quantity":0.5`, 1), 400, "InvalidInput", 1, 0},
		"a delivery with a key that is none":         {strings.Replace(delivery, "d1", "d 1", 1), 400, "InvalidInput", 1, 0},
		"a parcel with a key that is none":           {strings.Replace(delivery, "p1", "p", 1), 400, "InvalidInput", 1, 0},
		"a parcel for a delivery":                    {delivery + `,{"action":"addParcelToDelivery","deliveryKey":"d1","parcelKey":"p3",` + line + `}`, 200, "", 3, 1},
		"a parcel for no delivery":                   {`{"action":"addParcelToDelivery","deliveryKey":"d1"}`, 400, "InvalidOperation", 1, 0},
		"another tracking number":                    {delivery + `,{"action":"setParcelTrackingData","parcelKey":"p1","trackingData":{"trackingId":"2"}}`, 200, "", 3, 1},
		"the tracking number it has":                 {delivery + `,{"action":"setParcelTrackingData","parcelKey":"p1","trackingData":{"trackingId":"1"}}`, 200, "", 2, 1},
		"a tracking number of no parcel":             {`{"action":"setParcelTrackingData","parcelKey":"p9"}`, 400, "InvalidOperation", 1, 0},
		"a mark that it was exported":                {`{"action":"updateSyncInfo","channel":{"typeId":"channel","key":"erp-export"},"externalId":"7"}`, 200, "", 2, 0},
		"a mark without a channel":                   {`{"action":"updateSyncInfo","externalId":"7"}`, 400, "InvalidInput", 1, 0},
		"what commercetools can and the double not":  {`{"action":"setLocale","locale":"de"}`, 400, "InvalidInput", 1, 0},
		"an object without an action":                {`{}`, 400, "InvalidInput", 1, 0},
		"two parcels of one delivery have their ids": {delivery, 200, "", 2, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := commercetoolstest.New()
			manage := token(t, d, "manage_orders:acme-dev")
			status, body := call(t, d, "POST", path, manage, `{"version":1,"actions":[`+test.actions+`]}`)
			if status != test.status || test.code != "" && code(body) != test.code {
				t.Errorf("%d %v; want %d %s", status, code(body), test.status, test.code)
			}
			_, now := call(t, d, "GET", "/acme-dev/orders/order-number=SB-20419", manage, "")
			if now["version"] != test.version || len(d.Effects()) != test.effects {
				t.Errorf("version %v, %d deliveries; want %v, %d", now["version"], len(d.Effects()), test.version, test.effects)
			}
			if changed := now["lastModifiedAt"] != "2026-03-04T18:40:12.900Z"; changed != (test.version > 1) || len(deliveries(now)) != test.effects {
				t.Errorf("modified: %t, %d deliveries in the order; want version %v, %d", changed, len(deliveries(now)), test.version, test.effects)
			}
			ids := map[string]bool{}
			for _, d := range deliveries(now) {
				for _, thing := range append([]any{d}, d["parcels"].([]any)...) {
					ids[fmt.Sprint(thing.(object)["id"])] = true
				}
			}
			if things := strings.Count(fmt.Sprint(deliveries(now)), "createdAt:"); len(ids) != things {
				t.Errorf("%d ids for %d deliveries and parcels", len(ids), things)
			}
		})
	}
}

func deliveries(order object) []object {
	var all []object
	for _, d := range order["shippingInfo"].(object)["deliveries"].([]any) {
		all = append(all, d.(object))
	}
	return all
}

func TestShippingOfAnOrder(t *testing.T) {
	const info = `{"shippingMethodName":"m","deliveries":[]}`
	tests := map[string]struct {
		order, action string
		status        int
	}{
		"none takes no delivery":             {`{"id":"o1","version":1,"shippingMode":"Single"}`, `{"action":"addDelivery"}`, 400},
		"several take it under their key":    {`{"id":"o1","version":1,"shippingMode":"Multiple","shipping":[{"shippingKey":"a","shippingInfo":` + info + `}]}`, `{"action":"addDelivery","shippingKey":"a"}`, 200},
		"several do not take it without one": {`{"id":"o1","version":1,"shippingMode":"Multiple","shipping":[{"shippingKey":"a","shippingInfo":` + info + `}]}`, `{"action":"addDelivery"}`, 400},
		"several do not take it under another": {`{"id":"o1","version":1,"shippingMode":"Multiple","shipping":[{"shippingKey":"a","shippingInfo":` + info + `}]}`,
			`{"action":"addDelivery","shippingKey":"b"}`, 400},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := commercetoolstest.New()
			if err := d.PutOrder([]byte(test.order)); err != nil {
				t.Fatal(err)
			}
			status, body := call(t, d, "POST", "/acme-dev/orders/o1", token(t, d, "manage_orders:acme-dev"), `{"version":1,"actions":[`+test.action+`]}`)
			if status != test.status || status == 400 && code(body) != "InvalidOperation" {
				t.Errorf("%d %v; want %d", status, body, test.status)
			}
		})
	}
}

func TestOrdersOfNotificationsBecomeKnown(t *testing.T) {
	d := commercetoolstest.New()
	for _, body := range []string{
		`{"notificationType":"Message","order":{"id":"a1","version":1}}`,
		`{"specversion":"1.0","data":{"notificationType":"Message","order":{"id":"a2","version":3}}}`,
		`{"notificationType":"ResourceCreated"}`, `cut o`,
	} {
		if err := d.PutNotification([]byte(body)); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
	for _, id := range []string{"a1", "a2", commercetoolstest.SampleOrder} {
		if _, ok := d.Order(id); !ok {
			t.Errorf("order %s is not known", id)
		}
	}
	for _, wrong := range []string{`{}`, `{"id":"a"}`, `{"id":"a","version":0}`, `[]`} {
		if err := d.PutOrder([]byte(wrong)); err == nil {
			t.Errorf("%s was taken for an order", wrong)
		}
	}
}

func TestPaymentStateOfANotificationIsTheOrders(t *testing.T) {
	d := commercetoolstest.New()
	put := func(body string) object {
		t.Helper()
		if err := d.PutNotification([]byte(body)); err != nil {
			t.Fatal(err)
		}
		var n struct {
			Resource struct {
				ID string `json:"id"`
			} `json:"resource"`
		}
		if err := json.Unmarshal([]byte(body), &n); err != nil {
			t.Fatal(err)
		}
		text, known := d.Order(n.Resource.ID)
		var o object
		if err := json.Unmarshal(text, &o); err != nil || !known {
			t.Fatalf("order %s is known: %t, %v", n.Resource.ID, known, err)
		}
		return o
	}
	o := put(`{"type":"OrderPaymentStateChanged","resource":{"id":"` + commercetoolstest.SampleOrder + `"},"paymentState":"CreditOwed"}`)
	if o["paymentState"] != "CreditOwed" || o["orderNumber"] != "SB-20419" {
		t.Errorf("order %v is %v", o["orderNumber"], o["paymentState"])
	}
	o = put(`{"type":"OrderPaymentStateChanged","resource":{"id":"new"},"resourceUserProvidedIdentifiers":{"orderNumber":"N-1"},"paymentState":"Paid"}`)
	if o["id"] != "new" || o["paymentState"] != "Paid" || o["orderNumber"] != "N-1" {
		t.Errorf("order %v %v is %v", o["id"], o["orderNumber"], o["paymentState"])
	}
}

func TestPaymentsFitTheOrdersState(t *testing.T) {
	for state, want := range map[string]string{"Paid": "Charge Success", "CreditOwed": "Charge Success, Refund Success", "BalanceDue": "Charge Pending"} {
		d := commercetoolstest.New()
		if err := d.PutNotification([]byte(`{"type":"OrderPaymentStateChanged","resource":{"id":"` + commercetoolstest.SampleOrder + `"},"paymentState":"` + state + `"}`)); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ scope, want string }{{"manage_orders:acme-dev+view_payments:acme-dev", want}, {"manage_orders:acme-dev", ""}} {
			_, body := call(t, d, "GET", "/acme-dev/orders/"+commercetoolstest.SampleOrder+"?expand=paymentInfo.payments%5B*%5D", token(t, d, c.scope), "")
			payment := body["paymentInfo"].(object)["payments"].([]any)[0].(object)
			obj, _ := payment["obj"].(object)
			transactions, _ := obj["transactions"].([]any)
			var got []string
			for _, x := range transactions {
				got = append(got, fmt.Sprint(x.(object)["type"], " ", x.(object)["state"]))
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("%s with scope %s: %v", state, c.scope, got)
			}
		}
	}
}
