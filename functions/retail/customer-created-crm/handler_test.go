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

func (c *calls) UpsertAccount(_ context.Context, a retail.Account) error {
	c.made = append(c.made, a.ID+" "+a.Email)
	return c.err
}

func TestHandle(t *testing.T) {
	for name, c := range map[string]struct {
		data retail.CustomerCreated
		fail error
		made []string
		err  string
	}{
		"the whole account is written": {retail.CustomerCreated{Customer: retail.Account{ID: "c-1", Email: "max@example.com"}}, nil, []string{"c-1 max@example.com"}, ""},
		"a failure is reported":        {retail.CustomerCreated{Customer: retail.Account{ID: "c-1"}}, errors.New("broken"), []string{"c-1 "}, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := calls{err: c.fail}
			err := handler{crm: &fake}.handle(t.Context(), event.Event[retail.CustomerCreated]{Data: c.data})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.made, fake.made); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every sample of customer.created, played twice, has its effect once and asks as
// Salesforce's document says. What exactly leaves stands in testdata.
