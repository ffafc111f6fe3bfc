package catalog

// paymentFields are where an order of commercetools says how it was paid, for all
// that read it.
var paymentFields = Group{Name: "payment", Settings: []Setting{
	{Name: "COMMERCETOOLS_PAYMENT_METHOD_FIELD", Help: "custom field of the order that holds the payment provider's method id", Default: "stripePaymentMethodId"},
	{Name: "COMMERCETOOLS_RISK_SESSION_FIELD", Help: "custom field of the order that holds the provider's risk session id", Default: "stripeRadarSession"},
}}

// weightField is where a product of commercetools says what it weighs.
var weightField = Group{Name: "weight", Settings: []Setting{
	{Name: "COMMERCETOOLS_WEIGHT_ATTRIBUTE", Help: "product attribute that holds the weight of one piece in grams", Default: "weightGrams"},
}}

// demandSettings are those of the functions that count demand in one state.
var demandSettings = Group{Name: "demand", Settings: []Setting{
	{Name: "DEMAND_WINDOW_HOURS", Help: "how long what was sold counts, at most 744", Default: "168"},
	{Name: "DEMAND_PATIENCE_HOURS", Help: "how long a SKU is known before its demand can be slow", Default: "168"},
	{Name: "DEMAND_SLOW", Help: "highest sell-through in percent that is slow; sell-through is what was sold of what was sold and is available", Default: "5"},
	{Name: "DEMAND_HIGH", Help: "lowest sell-through in percent that is high", Default: "50"},
	{Name: "DEMAND_MARGIN", Help: "by how many percent sell-through must be beyond a limit to leave a class", Default: "2"},
	{Name: "DEMAND_SKUS", Help: "SKUs whose demand is watched, with limits of their own as JSON: {SKU: {slow, high}}; \"*\" stands for all that are not named", Default: "{}"},
}}

// promotionSettings are those of the functions that write the same discounts.
var promotionSettings = Group{Name: "promotion", Settings: []Setting{
	{Name: "PROMOTION_RULES", Help: "SKUs that may be discounted as JSON: {SKU: {percent, floor: {currency: amount}, scarce}}; no price below a floor is made, and at scarce the discount ends", Default: "{}"},
	{Name: "PROMOTION_BUDGET", Help: "how many SKUs may be discounted at a time, at most 100", Default: "20"},
	{Name: "PROMOTION_MOST_PERCENT", Help: "highest percent a rule may give", Default: "30"},
}}
