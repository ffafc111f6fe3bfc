package state_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/state"
)

// An order is counted once, however often its event comes.
func ExampleValues_Update() {
	type count struct {
		Orders []string `json:"orders"`
	}
	counts := state.Of[count](state.NewMemory(time.Now), "order-created-demand", 30*24*time.Hour)
	for _, order := range []string{"A-1", "A-2", "A-1"} {
		got, err := counts.Update(context.Background(), "KETTLE-1L", func(c *count) (changed bool, err error) {
			if slices.Contains(c.Orders, order) {
				return false, nil
			}
			c.Orders = append(c.Orders, order)
			return true, nil
		})
		fmt.Println(got.Orders, err)
	}
	// Output:
	// [A-1] <nil>
	// [A-1 A-2] <nil>
	// [A-1 A-2] <nil>
}

// What follows from an event is stored with the value before it is published: the
// bus fails, and the next event of the key publishes what the first one owes.
func ExampleOutbox() {
	type soldOut struct {
		SKU string `json:"sku"`
	}
	type stock struct {
		Left int                 `json:"left"`
		Seen string              `json:"seen"`
		Owed *state.Due[soldOut] `json:"owed,omitzero"`
	}
	broken := true
	outbox := state.Outbox[stock, soldOut]{
		Values: state.Of[stock](state.NewMemory(time.Now), "stock", state.Forever),
		Owed:   func(s *stock) *state.Due[soldOut] { return s.Owed },
		Owe:    func(s *stock, due *state.Due[soldOut]) { s.Owed = due },
		Publish: func(_ context.Context, cause event.Header, what soldOut) error {
			if broken {
				return fmt.Errorf("the bus does not answer")
			}
			fmt.Println("published: sold out", what.SKU, "because of", cause.ID)
			return nil
		},
	}
	level := func(id string, left int) {
		published, err := outbox.Update(context.Background(), "KETTLE-1L", event.Header{ID: id}, func(s *stock) (bool, *soldOut, error) {
			if s.Seen == id {
				return false, nil, nil
			}
			was := s.Left
			s.Left, s.Seen = left, id
			if left == 0 && was > 0 {
				return true, &soldOut{SKU: "KETTLE-1L"}, nil
			}
			return true, nil, nil
		})
		fmt.Println(id, published, err)
	}
	level("event-1", 3)
	level("event-2", 0)
	broken = false
	level("event-3", 0)
	// Output:
	// event-1 false <nil>
	// event-2 false the bus does not answer
	// published: sold out KETTLE-1L because of event-2
	// event-3 false <nil>
}
