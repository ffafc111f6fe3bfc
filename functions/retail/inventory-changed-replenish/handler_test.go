package main

import (
	"context"
	"errors"
	"testing"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

type fake struct {
	answered bool
	err      error
}

func (f fake) Seen(context.Context, event.Event[retail.InventoryChanged]) (bool, error) {
	return f.answered, f.err
}

func TestHandle(t *testing.T) {
	for name, c := range map[string]struct {
		fake fake
		err  string
	}{
		"a level that answers an order": {fake{answered: true}, ""},
		"a level that answers none":     {fake{}, "ignored: no-order-answered"},
		"a failure is reported":         {fake{err: errors.New("broken")}, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			err := handler{orders: c.fake}.handle(t.Context(), event.Event[retail.InventoryChanged]{})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
		})
	}
}
