package catalog

import (
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var inventoryChangedDemand = Function{
	Name: "inventory-changed-demand", Domain: Retail, Trigger: EventQueue{Event: retail.TypeInventoryChanged, AnyOrder: true},
	Effect: Natural{},
	Emits:  []event.Type{retail.TypeDemandChanged},
	Does:   "Judges demand again by what is available and by the time that went by.",
	Groups: []Group{demandSettings},
}
