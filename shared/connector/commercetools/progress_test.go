package commercetools

import (
	"errors"
	"net/http"
	"testing"

	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/fault"
)

func TestProgress(t *testing.T) {
	ctx := t.Context()
	const id = commercetoolstest.SampleOrder
	for _, c := range []struct {
		name   string
		state  string // before
		part   bool   // whether pieces are in no delivery
		second bool   // whether a second parcel is on its way
		do     func(*Client) error
		want   string
		reason string
	}{
		{"the only parcel arrived", "Shipped", false, false, func(c *Client) error { return c.MarkDelivered(ctx, id, "794953535000", []string{"794953535000"}) }, "Delivered", ""},
		{"a late parcel arrived", "Delayed", false, false, func(c *Client) error { return c.MarkDelivered(ctx, id, "794953535000", []string{"794953535000"}) }, "Delivered", ""},
		{"one of two parcels arrived", "Shipped", false, true, func(c *Client) error { return c.MarkDelivered(ctx, id, "794953535000", []string{"794953535000"}) }, "Shipped", ""},
		{"both of two parcels arrived", "Shipped", false, true, func(c *Client) error { return c.MarkDelivered(ctx, id, "2", []string{"2", "794953535000"}) }, "Delivered", ""},
		{"the parcel of a part arrived", "Partial", true, false, func(c *Client) error { return c.MarkDelivered(ctx, id, "794953535000", []string{"794953535000"}) }, "Partial", ""},
		{"a parcel of what a person cancelled arrived", "Canceled", false, false, func(c *Client) error { return c.MarkDelivered(ctx, id, "794953535000", []string{"794953535000"}) }, "Canceled", ""},
		{"a parcel is late", "Shipped", false, false, func(c *Client) error { return c.MarkDelayed(ctx, id, "794953535000") }, "Delayed", ""},
		{"a parcel of a delivered order is not late", "Delivered", false, false, func(c *Client) error { return c.MarkDelayed(ctx, id, "794953535000") }, "Delivered", ""},
		{"a parcel that comes back is none of the order's", "Shipped", false, false, func(c *Client) error { return c.MarkDelivered(ctx, id, "9", []string{"9"}) }, "Shipped", "commercetools-parcel-foreign"},
		{"a parcel not written yet is waited for", "Partial", true, false, func(c *Client) error { return c.MarkDelayed(ctx, id, "9") }, "Partial", "commercetools-parcel-unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, double, _ := serve(t)
			d := parcel()
			if c.part {
				d.Items = d.Items[:1]
			}
			if err := client.AddDelivery(ctx, id, d); err != nil {
				t.Fatal(err)
			}
			if c.second {
				second := parcel()
				second.Key, second.TrackingID = "signalbox-2", "2"
				if err := client.AddDelivery(ctx, id, second); err != nil {
					t.Fatal(err)
				}
			}
			change(t, double, func(o object) { o["shipmentState"] = c.state })
			for range 2 {
				f := fault.Of(c.do(client))
				if (f == nil) != (c.reason == "") || f != nil && f.Reason != c.reason {
					t.Errorf("error %+v; want %q", f, c.reason)
				}
			}
			if got := current(t, double).ShipmentState; got != c.want {
				t.Errorf("shipment state %s; want %s", got, c.want)
			}
		})
	}
}

func TestForeignParcelCanBeTold(t *testing.T) {
	client, _, _ := serve(t)
	if err := client.MarkDelayed(t.Context(), commercetoolstest.ShippedOrder, "9"); !errors.Is(err, ErrForeignParcel) {
		t.Errorf("error %v", err)
	}
}

func TestOrderIsFoundByItsNumber(t *testing.T) {
	client, _, server := serve(t)
	if id, ok, err := client.OrderIDByNumber(t.Context(), commercetoolstest.ShippedNumber); id != commercetoolstest.ShippedOrder || !ok || err != nil {
		t.Errorf("%q, %v, %v", id, ok, err)
	}
	if id, ok, err := client.OrderIDByNumber(t.Context(), "none such"); id != "" || ok || err != nil {
		t.Errorf("%q, %v, %v of a number that no order has", id, ok, err)
	}
	server.Script(answerWith(503))
	if _, ok, err := client.OrderIDByNumber(t.Context(), commercetoolstest.ShippedNumber); ok || fault.KindOf(err) != fault.Retryable {
		t.Errorf("%v, %v while commercetools is down", ok, err)
	}
}

// Requests that report progress, judged by the vendor's document.
func TestProgressByTheVendorsDocument(t *testing.T) {
	judge := contract.Judge(t, "commercetools.json")
	client, _, server := serve(t)
	err := errors.Join(
		client.MarkDelayed(t.Context(), commercetoolstest.ShippedOrder, commercetoolstest.ShippedTracking),
		client.MarkDelivered(t.Context(), commercetoolstest.ShippedOrder, commercetoolstest.ShippedTracking, []string{commercetoolstest.ShippedTracking}),
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range server.Exchanges() {
		if x.Path != "/oauth/token" {
			judge(x)
		}
	}
}

func answerWith(status int) func(*http.Request) *connectortest.Fault {
	return func(*http.Request) *connectortest.Fault { return &connectortest.Fault{Status: status, Body: "{}"} }
}
