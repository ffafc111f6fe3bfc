package demand_test

import (
	"context"
	"fmt"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/retail/demand"
	"signalbox/shared/state"
)

// An order is counted once. What there is decides whether it makes demand high.
func Example() {
	rules, err := demand.NewRules(config.Static(map[string]string{
		"DEMAND_WINDOW_HOURS": "24", "DEMAND_PATIENCE_HOURS": "24", "DEMAND_SLOW": "5", "DEMAND_HIGH": "50", "DEMAND_MARGIN": "2",
		"DEMAND_SKUS": `{"KETTLE-1L":{}}`,
	}, nil))
	if err != nil {
		fmt.Println(err)
		return
	}
	env := function.Env{Function: catalog.Function{Name: "order-created-demand"}, State: state.NewMemory(time.Now), Now: time.Now}
	counter := demand.New(env, rules)
	level := retail.InventoryChanged{Level: retail.Level{EntryID: "main", SKU: "KETTLE-1L", Version: 1, AvailableQuantity: 30}}
	ctx, now := context.Background(), time.Now()
	fmt.Println(counter.Level(ctx, event.Header{ID: "level-1", Time: now}, level))
	for range 2 {
		fmt.Println(counter.Order(ctx, event.Header{ID: "order-1", Time: now}, "KETTLE-1L", "A-1", now, 10))
	}
	fmt.Println(rules.Watches("KETTLE-1L"), rules.Watches("TEAPOT"))
	// Output:
	// false <nil>
	// false <nil>
	// false <nil>
	// true false
}
