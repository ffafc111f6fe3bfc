package statetest_test

import (
	"context"
	"errors"
	"fmt"

	"signalbox/shared/state"
	"signalbox/shared/state/statetest"
)

// A test puts in what an older release left, lets the store die after its next write,
// and looks at what is stored.
func Example() {
	type count struct {
		N int `json:"n"`
	}
	store := statetest.New()
	store.Put("orders", "KETTLE-1L", `{"n":41}`)
	calls := 0
	store.Around = func(effect func()) error {
		effect()
		if calls++; calls == 2 {
			return errors.New("the process died")
		}
		return nil
	}
	_, err := state.Of[count](store, "orders", state.Forever).Update(context.Background(), "KETTLE-1L", func(c *count) (bool, error) {
		c.N++
		return true, nil
	})
	fmt.Println(err)
	fmt.Println(store.Text("orders", "KETTLE-1L"))
	// Output:
	// ledger: the process died
	// {"n":42}
}
