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
	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/connector/klaviyo/klaviyotest"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/sample"
)

// calls is a fake that records its calls.
type calls struct {
	made []string
	err  error
}

func (c *calls) PlacedOrder(_ context.Context, id string, o retail.Order) error {
	c.made = append(c.made, id+" "+o.ID)
	return c.err
}

func TestHandle(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		customer retail.Customer
		fake     calls
		made     []string
		err      string
	}{
		"the event's id is the one that is recorded once": {retail.Customer{ID: "c-1", Email: "max@example.com"}, calls{}, []string{"e-1 o-1"}, ""},
		"a guest has an e-mail address":                   {retail.Customer{Email: "max@example.com"}, calls{}, []string{"e-1 o-1"}, ""},
		"a customer may have no e-mail address":           {retail.Customer{ID: "c-1"}, calls{}, []string{"e-1 o-1"}, ""},
		"nobody is left alone":                            {retail.Customer{FirstName: "Max"}, calls{}, nil, "ignored: no-profile"},
		"a failure is reported":                           {retail.Customer{ID: "c-1"}, calls{err: broken}, []string{"e-1 o-1"}, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			err := handler{profiles: &c.fake}.handle(context.Background(), event.Event[retail.OrderCreated]{
				Header: event.Header{ID: "e-1"},
				Data:   retail.OrderCreated{Order: retail.Order{ID: "o-1", Customer: c.customer}},
			})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.made, c.fake.made); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every sample of order.created, played twice, has its effect once and asks as
// Klaviyo's document says. What exactly leaves stands in testdata.
func TestSamples(t *testing.T) {
	samples, err := sample.Load("../../../events-samples")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, s := range samples {
		if s.Source != sample.Own || !strings.HasPrefix(s.Name+".", "order.created.") {
			continue
		}
		tried++
		t.Run(s.Name, func(t *testing.T) { playSample(t, s) })
	}
	if tried == 0 {
		t.Error("order.created has no sample")
	}
}

func playSample(t *testing.T, s sample.Sample) {
	raw, err := event.Parse(s.Body)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.As[retail.OrderCreated](raw)
	if err != nil {
		t.Fatal(err)
	}
	double := klaviyotest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	client, err := klaviyo.New(config.Static(map[string]string{"KLAVIYO_BASE_URL": server.URL}, map[string]map[string]string{"klaviyo": double.Secret()}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	requests := 0
	for range 2 {
		if err := (handler{profiles: client}).handle(ctx, e); err != nil && err.Error() != "ignored: no-profile" {
			t.Fatal(err)
		}
		requests = len(server.Exchanges()) - requests
	}
	if len(double.Effects()) != requests {
		t.Errorf("%d effects, want %d although the event came twice", len(double.Effects()), requests)
	}
	first := server.Exchanges()[:requests]
	t.Run("by its own document", func(t *testing.T) {
		judge := contract.JudgeBoth(t, "klaviyo.json")
		for _, x := range first {
			judge(x)
		}
	})
}
