package catalog

import (
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var inventoryLowPromotion = Function{
	Name: "inventory-low-promotion", Domain: Retail, Trigger: EventQueue{Event: retail.TypeInventoryLow}, System: "commercetools",
	Effect: Natural{}, Calls: 5,
	Emits:  []event.Type{retail.TypePromotionStarted, retail.TypePromotionEnded},
	Does:   "Ends the discount on a SKU that is scarce.",
	Groups: []Group{promotionSettings},
}
