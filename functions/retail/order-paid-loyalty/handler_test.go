package main

import (
	"context"
	"errors"
	"strings"
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
	"signalbox/shared/sample"
)

// calls is a programme in USD that records its calls.
type calls struct {
	made []string
	err  error
}

func (c *calls) Counts(currency string) bool { return currency == "USD" }

func (c *calls) PayOrder(_ context.Context, o retail.Order, paid retail.Money) error {
	c.made = append(c.made, o.ID+" "+paid.Decimal())
	return c.err
}

func TestHandle(t *testing.T) {
	usd := retail.Money{Currency: "USD", Amount: 4999, FractionDigits: 2}
	for name, c := range map[string]struct {
		customer string
		paid     retail.Money
		fake     calls
		made     []string
		err      string
	}{
		"an order counts with what was paid":     {"c-1", usd, calls{}, []string{"o-1 49.99"}, ""},
		"a free order counts too":                {"c-1", retail.Money{Currency: "USD", FractionDigits: 2}, calls{}, []string{"o-1 0.00"}, ""},
		"a guest collects nothing":               {"", usd, calls{}, nil, "ignored: guest"},
		"another currency is not the programmes": {"c-1", retail.Money{Currency: "JPY", Amount: 4999}, calls{}, nil, "ignored: other-currency"},
		"a failure is reported":                  {"c-1", usd, calls{err: errors.New("broken")}, []string{"o-1 49.99"}, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			err := handler{programme: &c.fake}.handle(t.Context(), event.Event[retail.OrderPaid]{Data: retail.OrderPaid{
				Order: retail.Order{ID: "o-1", Customer: retail.Customer{ID: c.customer}}, Payment: retail.Payment{Amount: c.paid},
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

// Every sample of order.paid, played twice, gives its points once and asks as
// Voucherify's document says. What exactly leaves stands in testdata.
func TestSamples(t *testing.T) {
	samples, err := sample.Load("../../../events-samples")
	if err != nil {
		t.Fatal(err)
	}
	tried, effects := 0, 0
	for _, s := range samples {
		if s.Source != sample.Own || !strings.HasPrefix(s.Name+".", "order.paid.") {
			continue
		}
		tried++
		t.Run(s.Name, func(t *testing.T) { effects += play(t, s) })
	}
	if tried < 3 || effects != 2 {
		t.Errorf("%d samples had %d effects; want one of each but the guest's", tried, effects)
	}
}

// play returns how many effects the sample had.
func play(t *testing.T, s sample.Sample) int {
	raw, err := event.Parse(s.Body)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.As[retail.OrderPaid](raw)
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
	for range 2 {
		if err := (handler{programme: client}).handle(ctx, e); err != nil && err.Error() != "ignored: guest" {
			t.Fatal(err)
		}
	}
	effects := len(double.Effects())
	if id := e.Data.Order.Customer.ID; effects != min(1, len(id)) || id != "" && double.Points(id) != e.Data.Payment.Amount.Amount/100 {
		t.Errorf("%d effects and %d points of an order of %s", effects, double.Points(id), e.Data.Payment.Amount.Decimal())
	}
	t.Run("by its own document", func(t *testing.T) {
		judge := contract.JudgeBoth(t, "voucherify.json")
		for _, x := range server.Exchanges() {
			judge(x)
		}
	})
	return effects
}
