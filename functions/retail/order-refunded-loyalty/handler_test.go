package main

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/voucherify"
	"signalbox/shared/connector/voucherify/voucherifytest"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// calls is a programme in USD that records its calls.
type calls struct {
	made []string
	err  error
}

func (c *calls) Counts(currency string) bool { return currency == "USD" }

func (c *calls) CancelOrder(_ context.Context, id string) error {
	c.made = append(c.made, id)
	return c.err
}

func TestHandle(t *testing.T) {
	usd := func(n int64) retail.Money { return retail.Money{Currency: "USD", Amount: n, FractionDigits: 2} }
	for name, c := range map[string]struct {
		customer       string
		paid, refunded retail.Money
		fake           calls
		made           []string
		err            string
	}{
		"an order that was refunded is cancelled": {"c-1", usd(4999), usd(4999), calls{}, []string{"o-1"}, ""},
		"so is one that more was given back for":  {"c-1", usd(4999), usd(6000), calls{}, []string{"o-1"}, ""},
		"a part refund leaves the points":         {"c-1", usd(4999), usd(4998), calls{}, nil, "ignored: refunded-in-part"},
		"a guest has no points":                   {"", usd(4999), usd(4999), calls{}, nil, "ignored: guest"},
		"another currency gave none":              {"c-1", retail.Money{Currency: "JPY", Amount: 1}, retail.Money{Currency: "JPY", Amount: 1}, calls{}, nil, "ignored: other-currency"},
		"a failure is reported":                   {"c-1", usd(4999), usd(4999), calls{err: errors.New("broken")}, []string{"o-1"}, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			err := handler{programme: &c.fake}.handle(t.Context(), event.Event[retail.OrderRefunded]{Data: retail.OrderRefunded{
				OrderID: "o-1", CustomerID: c.customer, Paid: c.paid, Refunded: c.refunded,
			}})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.made, c.fake.made); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The points of the sample's order are gone after its refund, however often it
// is told of; before it was paid there is nothing to take back, which waits.
func TestSampleTakesThePointsBack(t *testing.T) {
	body, err := os.ReadFile("../../../events-samples/signalbox/order.refunded.json")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := event.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.As[retail.OrderRefunded](raw)
	if err != nil {
		t.Fatal(err)
	}
	double := voucherifytest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	settings := double.Settings(server.URL)
	settings["VOUCHERIFY_BASE_URL"] = server.URL
	client, err := voucherify.New(config.Static(settings, map[string]map[string]string{"voucherify": double.Secret()}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	h := handler{programme: client}
	if f := fault.Of(h.handle(ctx, e)); f == nil || f.Kind != fault.Retryable || f.Reason != "voucherify-order-unknown" {
		t.Errorf("before it was paid: %+v", f)
	}
	line := retail.Line{ID: "l-1", SKU: "A", Quantity: 1, UnitPrice: e.Data.Paid, Total: e.Data.Paid}
	paid := retail.Order{ID: e.Data.OrderID, Number: e.Data.OrderNumber, Customer: retail.Customer{ID: e.Data.CustomerID}, Lines: []retail.Line{line}}
	if err := client.PayOrder(ctx, paid, e.Data.Paid); err != nil || double.Points(e.Data.CustomerID) == 0 {
		t.Fatalf("%d points, %v", double.Points(e.Data.CustomerID), err)
	}
	for range 2 {
		if err := h.handle(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	if points, effects := double.Points(e.Data.CustomerID), len(double.Effects()); points != 0 || effects != 2 {
		t.Errorf("%d points after %d effects", points, effects)
	}
	t.Run("by its own document", func(t *testing.T) {
		judge := contract.JudgeBoth(t, "voucherify.json")
		for _, x := range server.Exchanges()[1:] {
			judge(x)
		}
	})
}
