package catalog

import (
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var demandChangedPromotion = Function{
	Name: "demand-changed-promotion", Domain: Retail, Trigger: EventQueue{Event: retail.TypeDemandChanged}, System: "commercetools",
	Effect: Natural{}, Calls: 5,
	Emits:  []event.Type{retail.TypePromotionStarted, retail.TypePromotionEnded},
	Does:   "Discounts a SKU that sells too slowly, by its rule and within the budget, and ends that when it sells again.",
	Groups: []Group{promotionSettings},
}
