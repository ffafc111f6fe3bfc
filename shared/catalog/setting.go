package catalog

// demandSettings are those of the functions that count in one note: a stage gives
// all of them the same values.
var demandSettings = []Setting{
	{Name: "DEMAND_WINDOW_HOURS", Help: "how long what was sold counts, at most 744", Default: "168"},
	{Name: "DEMAND_PATIENCE_HOURS", Help: "how long a SKU is known before its demand can be slow", Default: "168"},
	{Name: "DEMAND_SLOW", Help: "highest sell-through in percent that is slow; sell-through is what was sold of what was sold and is available", Default: "5"},
	{Name: "DEMAND_HIGH", Help: "lowest sell-through in percent that is high", Default: "50"},
	{Name: "DEMAND_MARGIN", Help: "by how many percent sell-through must be beyond a limit to leave a class", Default: "2"},
	{Name: "DEMAND_SKUS", Help: "SKUs whose demand is watched, with limits of their own as JSON: {SKU: {slow, high}}; \"*\" stands for all that are not named", Default: "{}"},
}

// promotionSettings are those of the functions that write the same discounts.
var promotionSettings = []Setting{
	{Name: "PROMOTION_RULES", Help: "SKUs that may be discounted as JSON: {SKU: {percent, floor: {currency: amount}, scarce}}; no price below a floor is made, and at scarce the discount ends", Default: "{}"},
	{Name: "PROMOTION_BUDGET", Help: "how many SKUs may be discounted at a time, at most 100", Default: "20"},
	{Name: "PROMOTION_MOST_PERCENT", Help: "highest percent a rule may give", Default: "30"},
}
