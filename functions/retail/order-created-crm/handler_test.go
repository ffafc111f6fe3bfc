package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/salesforce"
	"signalbox/shared/connector/salesforce/salesforcetest"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/sample"
)

// calls is a fake that records its calls.
type calls struct {
	made          []string
	customer, err error
	usage         salesforce.Usage
}

func (c *calls) UpsertCustomer(_ context.Context, customer retail.Customer) error {
	c.made = append(c.made, "customer "+customer.ID)
	return c.customer
}

func (c *calls) UpsertOrder(_ context.Context, o retail.Order) error {
	c.made = append(c.made, "order "+o.ID)
	return c.err
}

func (c *calls) Usage() salesforce.Usage { return c.usage }

func placed(customer string) event.Event[retail.OrderCreated] {
	return event.Event[retail.OrderCreated]{
		Header: event.Header{ID: "e-1"},
		Data:   retail.OrderCreated{Order: retail.Order{ID: "o-1", Customer: retail.Customer{ID: customer}}},
	}
}

func TestHandle(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		customer string
		fake     calls
		made     []string
		err      error
		warns    bool
	}{
		"a customer comes before the order":            {"c-1", calls{}, []string{"customer c-1", "order o-1"}, nil, false},
		"a guest's order stands alone":                 {"", calls{}, []string{"order o-1"}, nil, false},
		"without its customer no order is written":     {"c-1", calls{customer: broken}, []string{"customer c-1"}, broken, false},
		"an order that fails is reported":              {"", calls{err: broken}, []string{"order o-1"}, broken, false},
		"a limit that is far away is no one's concern": {"", calls{usage: salesforce.Usage{Used: 13499, Allowed: 15000}}, []string{"order o-1"}, nil, false},
		"a limit that is near is told":                 {"", calls{usage: salesforce.Usage{Used: 13500, Allowed: 15000}}, []string{"order o-1"}, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			err := handler{crm: &c.fake, log: slog.New(slog.NewJSONHandler(&log, nil))}.handle(context.Background(), placed(c.customer))
			if !errors.Is(err, c.err) || c.err == nil && err != nil {
				t.Errorf("got %v, want %v", err, c.err)
			}
			if diff := cmp.Diff(c.made, c.fake.made); diff != "" {
				t.Error(diff)
			}
			if warned := strings.Contains(log.String(), `"used":13500`); warned != c.warns {
				t.Errorf("logged: %q", &log)
			}
		})
	}
}

// Every sample of order.created, played twice, has its effects once and asks as
// Salesforce's document says. What exactly leaves stands in testdata.
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
	double := salesforcetest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	settings := double.Settings(server.URL)
	settings["SALESFORCE_BASE_URL"] = server.URL
	client, err := salesforce.New(config.Static(settings, map[string]map[string]string{"salesforce": double.Secret()}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	h := handler{crm: client, log: slog.New(slog.DiscardHandler)}
	for range 2 {
		if err := h.handle(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	// The token is the first exchange; the second run repeats what the first did.
	requests := server.Exchanges()[1:]
	if want := len(requests) / 2; len(double.Effects()) != want {
		t.Errorf("%d effects, want %d although the event came twice", len(double.Effects()), want)
	}
	requests = requests[:len(requests)/2]
	t.Run("by its own document", func(t *testing.T) {
		judge := contract.JudgeBoth(t, "salesforce.json")
		for _, x := range requests {
			judge(x)
		}
	})
}
