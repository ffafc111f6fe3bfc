package main

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
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
