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
	none bool
	err  error
}

func (c *calls) ForgetCustomer(_ context.Context, id string) (bool, error) {
	c.made = append(c.made, id)
	return !c.none, c.err
}

func TestHandle(t *testing.T) {
	for name, c := range map[string]struct {
		data retail.CustomerDeleted
		fail error
		made []string
		err  string
		none bool
	}{
		"an erasure erases":                  {retail.CustomerDeleted{CustomerID: "c-1", Email: "max@example.com", Erasure: true}, nil, []string{"c-1"}, "", false},
		"who is not there is erased already": {retail.CustomerDeleted{CustomerID: "c-1", Email: "max@example.com", Erasure: true}, nil, []string{"c-1"}, "ignored: nothing-to-erase", true},
		"a closed account stays as it is":    {retail.CustomerDeleted{CustomerID: "c-1", Email: "max@example.com"}, nil, nil, "ignored: account-closed", false},
		"a failure is reported":              {retail.CustomerDeleted{CustomerID: "c-1", Email: "max@example.com", Erasure: true}, errors.New("broken"), []string{"c-1"}, "broken", false},
	} {
		t.Run(name, func(t *testing.T) {
			fake := calls{none: c.none, err: c.fail}
			err := handler{programme: &fake}.handle(t.Context(), event.Event[retail.CustomerDeleted]{Data: c.data})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.made, fake.made); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every sample of customer.deleted, played twice, has its effect once. Voucherify's document
// that others are judged by is trimmed and has no erasure; what leaves is checked
// with the client.
