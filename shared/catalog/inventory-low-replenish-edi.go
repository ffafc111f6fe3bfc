package catalog

import (
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var inventoryLowReplenishEDI = Function{
	Name: "inventory-low-replenish-edi", Domain: Retail, Trigger: EventQueue{Event: retail.TypeInventoryLow, Timers: true}, System: "edi",
	Effect: Natural{}, Calls: 1,
	Emits: []event.Type{retail.TypeReplenishmentOverdue},
	Does:  "Sends an X12 850 purchase order to the SKU's supplier through the EDI gateway and reports when nothing arrives in time; a SKU of no EDI supplier is ignored.",
}
