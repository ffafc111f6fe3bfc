package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// record is a fake that records its calls and their ids.
type record func(id string, r retail.ReturnLabelled) error

func (f record) ReturnLabelCreated(_ context.Context, id string, _ time.Time, r retail.ReturnLabelled) error {
	return f(id, r)
}

func TestHandle(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		customer retail.Customer
		fails    error
		told     bool
		err      string
	}{
		"a customer":                 {retail.Customer{ID: "c-1"}, nil, true, ""},
		"a guest with an address":    {retail.Customer{Email: "guest@example.com"}, nil, true, ""},
		"a customer without either":  {retail.Customer{LastName: "Lindqvist"}, nil, false, "ignored: no-profile"},
		"a failure that is reported": {retail.Customer{ID: "c-1"}, broken, true, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			told := false
			h := handler{profiles: record(func(id string, r retail.ReturnLabelled) error {
				told = id == "e-1" && r.Customer == c.customer
				return c.fails
			})}
			e := event.Event[retail.ReturnLabelled]{Header: event.Header{ID: "e-1"}, Data: retail.ReturnLabelled{Customer: c.customer}}
			err := h.handle(t.Context(), e)
			if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err || told != c.told {
				t.Errorf("told %t, %v; want %t, %s", told, err, c.told, c.err)
			}
		})
	}
}
