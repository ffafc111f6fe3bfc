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

func (c *calls) UpsertReturn(_ context.Context, r retail.ReturnRequested) error {
	c.made = append(c.made, "return "+r.ReturnID)
	return c.err
}

func (c *calls) Usage() salesforce.Usage { return c.usage }

func TestHandle(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		customer string
		fake     calls
		made     []string
		err      error
		warns    bool
	}{
		"a customer comes before the case":             {"c-1", calls{}, []string{"customer c-1", "return r-1"}, nil, false},
		"a guest's case stands alone":                  {"", calls{}, []string{"return r-1"}, nil, false},
		"without its customer no case is written":      {"c-1", calls{customer: broken}, []string{"customer c-1"}, broken, false},
		"a case that fails is reported":                {"", calls{err: broken}, []string{"return r-1"}, broken, false},
		"a limit that is near is told":                 {"", calls{usage: salesforce.Usage{Used: 13500, Allowed: 15000}}, []string{"return r-1"}, nil, true},
		"a limit that is far away is no one's concern": {"", calls{usage: salesforce.Usage{Used: 100, Allowed: 15000}}, []string{"return r-1"}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			e := event.Event[retail.ReturnRequested]{Data: retail.ReturnRequested{ReturnID: "r-1", Customer: retail.Customer{ID: c.customer}}}
			err := handler{crm: &c.fake, log: slog.New(slog.NewJSONHandler(&log, nil))}.handle(t.Context(), e)
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
