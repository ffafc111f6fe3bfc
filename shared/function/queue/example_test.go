package queue_test

import (
	"context"
	"errors"
	"fmt"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function/queue"
)

// carrier would ship as often as it is asked to.
type carrier struct{ shipments map[string]string }

func (c carrier) find(_ context.Context, e event.Event[retail.OrderApproved]) (string, bool, error) {
	number, found := c.shipments[e.ID]
	return number, found, nil
}

func (c carrier) ship(_ context.Context, e event.Event[retail.OrderApproved]) (string, error) {
	c.shipments[e.ID] = "794600000000"
	return "", fault.Unknown("carrier-timeout", 0, errors.New("no answer"))
}

// The first try makes the effect and loses the answer; the second finds it.
func ExampleEffect() {
	c := carrier{shipments: map[string]string{}}
	handler := queue.Effect[retail.OrderApproved, string]{
		Ask: c.find,
		Act: c.ship,
		Then: func(_ context.Context, _ event.Event[retail.OrderApproved], number string) error {
			fmt.Println("tracking number", number)
			return nil
		},
	}
	approved := event.Event[retail.OrderApproved]{Header: event.Header{ID: "1"}}

	fmt.Println(handler.Handle(context.Background(), approved))
	fmt.Println(handler.Handle(queue.Uncertain(context.Background()), approved))
	// Output:
	// carrier-timeout: no answer
	// tracking number 794600000000
	// <nil>
}
