package commercetools

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"

	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest/contract"
)

// The vendor's own document judges requests and answers.
func TestContract(t *testing.T) {
	judge := contract.JudgeBoth(t, "commercetools.json")
	client, double, server := serve(t)
	part := parcel()
	part.Items = part.Items[:1]
	rest := parcel()
	rest.Key = "signalbox-2"
	err := errors.Join(
		client.AddDelivery(t.Context(), commercetoolstest.SampleOrder, part),
		client.AddDelivery(t.Context(), commercetoolstest.SampleOrder, rest),
	)
	if err != nil {
		t.Fatal(err)
	}
	change(t, double, func(o object) {
		o["shippingMode"] = "Multiple"
		o["shipping"] = []any{object{"shippingKey": "home", "shippingInfo": o["shippingInfo"], "shippingAddress": o["shippingAddress"]}}
		delete(o, "shippingInfo")
	})
	third := parcel()
	third.Key = "signalbox-3"
	if err := client.AddDelivery(t.Context(), commercetoolstest.SampleOrder, third); err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, x := range server.Exchanges() {
		// The document describes the API, not the authorization server.
		if x.Path != "/oauth/token" {
			x.Response = localized(t, x.Response)
			judge(x)
			judged++
		}
	}
	if judged != 6 {
		t.Errorf("%d exchanges judged; want 6", judged)
	}
}

// The orders of the samples are orders by the vendor's own document.
func TestSamplesHoldOrdersAsTheVendorDescribesThem(t *testing.T) {
	judge := contract.JudgeBoth(t, "commercetools.json")
	files, err := filepath.Glob("../../../events-samples/commercetools/order-*.json")
	if err != nil {
		t.Fatal(err)
	}
	client, double, server := serve(t)
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := double.PutNotification(body); err != nil {
			t.Fatal(err)
		}
		var n struct {
			Resource struct{ ID string } `json:"resource"`
			Subject  string              `json:"subject"`
		}
		if err := json.Unmarshal(body, &n, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Order(t.Context(), cmp.Or(n.Subject, n.Resource.ID)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	judged := 0
	for _, x := range server.Exchanges() {
		if x.Path != "/oauth/token" {
			x.Response = localized(t, x.Response)
			judge(x)
			judged++
		}
	}
	if judged < 9 {
		t.Errorf("%d orders judged; want 9", judged)
	}
}

// localized adds the properties that the document requires by a flaw of its own:
// the pattern of a name, taken as a name.
func localized(t *testing.T, answer []byte) []byte {
	t.Helper()
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, element := range v {
				walk(element)
			}
		case object:
			for name, value := range v {
				inner, isObject := value.(object)
				switch {
				case isObject && (name == "name" || name == "productSlug"):
					inner["/^[a-z]{2}(-[A-Z]{2})?$/"] = ""
				case isObject && name == "fields":
					inner["/^[a-zA-Z0-9_-]{2,36}$/"] = ""
				default:
					walk(value)
				}
			}
		}
	}
	var o object
	if err := json.Unmarshal(answer, &o); err != nil {
		t.Fatal(err)
	}
	walk(o)
	encoded, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}
