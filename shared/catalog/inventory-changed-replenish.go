package catalog

import (
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var inventoryChangedReplenish = Function{
	Name: "inventory-changed-replenish", Domain: Retail, Trigger: EventQueue{Event: retail.TypeInventoryChanged, AnyOrder: true},
	Effect: Natural{},
	Emits:  []event.Type{retail.TypeInventoryReplenished},
	Does:   "Takes a level above the threshold as the answer to the purchase orders that were sent for it.",
}
