package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/salesforce"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
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
