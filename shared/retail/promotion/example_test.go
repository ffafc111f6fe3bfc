package promotion_test

import (
	"fmt"

	"signalbox/shared/config"
	"signalbox/shared/event/retail"
	"signalbox/shared/retail/promotion"
)

// The rules are settings of the stage; a discount that is larger than
// PROMOTION_MOST_PERCENT is refused at start.
func Example() {
	rules, err := promotion.NewRules(config.Static(map[string]string{
		"PROMOTION_BUDGET": "5", "PROMOTION_MOST_PERCENT": "30",
		"PROMOTION_RULES": `{"KETTLE-1L":{"percent":15,"floor":{"USD":"29.75"},"scarce":10}}`,
	}, nil))
	fmt.Println(rules.Budget, err)
	_, err = promotion.NewRules(config.Static(map[string]string{
		"PROMOTION_BUDGET": "5", "PROMOTION_MOST_PERCENT": "30",
		"PROMOTION_RULES": `{"KETTLE-1L":{"percent":80,"floor":{"USD":"29.75"},"scarce":10}}`,
	}, nil))
	fmt.Println(err)
	fmt.Println(promotion.Because(retail.DemandChanged{
		SKU: "KETTLE-1L", Class: retail.DemandSlow, Counts: retail.Counts{Sold: 2, Available: 238, WindowHours: 168},
	}))
	// Output:
	// 5 <nil>
	// PROMOTION_RULES: expected a percent of 1 to PROMOTION_MOST_PERCENT
	// demand slow, 2 sold in 168 h, 238 available, 0 % sell-through
}
