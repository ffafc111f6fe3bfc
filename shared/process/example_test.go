package process_test

import (
	"context"
	"fmt"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/process"
	"signalbox/shared/process/processtest"
)

// A cart that was left is reminded of after a day, unless it became an order.
func ExampleRunner() {
	type cart struct {
		Left    time.Time `json:"left,omitzero"`
		Ordered bool      `json:"ordered,omitzero"`
	}
	type left struct{ At time.Time }
	type ordered struct{}
	reminder := process.Process[cart, any]{
		Name: "reminder",
		Decide: func(s cart, e any) process.Decision[cart] {
			switch e := e.(type) {
			case left:
				s.Left = e.At
				return process.Decision[cart]{State: s, Set: []process.Timer{{Name: "remind", At: e.At.Add(24 * time.Hour)}}}
			case ordered:
				s.Ordered = true
				return process.Decision[cart]{State: s, Cancel: []string{"remind"}}
			case process.Due:
				return process.Decision[cart]{State: s, Emit: []event.Payload{overdue{}}}
			}
			return process.Decision[cart]{State: s}
		},
		Fired: func(d process.Due) any { return d },
	}

	w := processtest.New(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC))
	env := w.Env("cart-left-reminder")
	runner := process.Runner[cart, any]{Process: reminder, Function: env.Function, Store: w.Store(reminder.Name), Emitter: env, Timers: env}
	ctx := context.Background()
	fire := func(e event.Event[process.Fired]) error {
		_, err := runner.Fire(ctx, e)
		return err
	}

	for _, id := range []string{"cart-1", "cart-2"} {
		_, err := runner.Handle(ctx, id, event.Header{ID: "left-" + id}, left{w.Now()})
		fmt.Println(id, "timers:", len(w.Timers), err)
	}
	_, err := runner.Handle(ctx, "cart-2", event.Header{ID: "ordered-cart-2"}, ordered{})
	fmt.Println("cart-2 timers:", len(w.Timers), err)
	fmt.Println(w.Advance(23*time.Hour, fire), "published:", len(w.Published))
	fmt.Println(w.Advance(time.Hour, fire), "published:", len(w.Published), w.Published[0].Type)
	// Output:
	// cart-1 timers: 1 <nil>
	// cart-2 timers: 2 <nil>
	// cart-2 timers: 1 <nil>
	// <nil> published: 0
	// <nil> published: 1 inquiry.overdue
}
