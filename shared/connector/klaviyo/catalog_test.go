package klaviyo_test

import (
	"net/http"
	"testing"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/klaviyo/klaviyotest"
	"signalbox/shared/fault"
)

// The vendor's document at hand has no catalog: the shape is that of the public
// reference of the revision, https://developers.klaviyo.com/en/v2026-07-15/reference/update_catalog_variant
func TestStockIsSetByTheShopsSKU(t *testing.T) {
	client, double, server := serve(t, nil)
	for _, n := range []int64{0, 240, 240} {
		if known, err := client.SetStock(within(t), "KETTLE 1L/red", n); !known || err != nil {
			t.Fatalf("SetStock = %t, %v", known, err)
		}
	}
	x := server.Exchanges()[0]
	golden(t, "testdata/set-stock.json", x.Body)
	if x.Method != http.MethodPatch || x.Path != "/api/catalog-variants/$custom:::$default:::KETTLE%201L%2Fred" || x.Header.Get("Content-Type") != "application/vnd.api+json" {
		t.Errorf("%s %s as %s", x.Method, x.Path, x.Header.Get("Content-Type"))
	}
	if n, ok := double.Stock("KETTLE 1L/red"); !ok || n != 240 {
		t.Errorf("stock %d, %t", n, ok)
	}
	if effects := double.Effects(); len(effects) != 2 || effects[1].Reference != "KETTLE 1L/red" || effects[1].What != "stock set to 240" {
		t.Errorf("effects %+v; setting what is set already is none", effects)
	}
}

func TestASKUThatIsNotInTheCatalogIsUnknown(t *testing.T) {
	client, double, _ := serve(t, nil)
	if known, err := client.SetStock(within(t), klaviyotest.Unknown()[0], 5); known || err != nil {
		t.Errorf("SetStock = %t, %v", known, err)
	}
	if len(double.Effects()) > 0 {
		t.Error("something was done")
	}
}

func TestStockThatIsRefusedOrNotAnsweredIsReported(t *testing.T) {
	for name, c := range map[string]struct {
		fault connectortest.Fault
		kind  fault.Kind
		want  string
	}{
		"no scope":      {connectortest.Fault{Status: 403, Body: `{"errors":[{"code":"permission_denied"}]}`}, fault.Permanent, "klaviyo-permission-denied"},
		"throttled":     {connectortest.Fault{Status: 429}, fault.Retryable, "klaviyo-429"},
		"broken":        {connectortest.Fault{Status: 500}, fault.Retryable, "klaviyo-500"},
		"not a variant": {connectortest.Fault{Status: 400, Body: `{"errors":[{"code":"invalid","source":{"pointer":"/data/id"}}]}`}, fault.Permanent, "klaviyo-invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			client, _, server := serve(t, nil)
			server.Script(func(*http.Request) *connectortest.Fault { return &c.fault })
			known, err := client.SetStock(within(t), "A", 1)
			if f := fault.Of(err); known || f == nil || f.Kind != c.kind || f.Reason != c.want {
				t.Errorf("SetStock = %t, %v", known, err)
			}
		})
	}
}
