package catalog

import "signalbox/shared/event/retail"

var inventoryLowReplenishEDI = Function{
	Name: "inventory-low-replenish-edi", Domain: Retail, Trigger: EventQueue{Event: retail.TypeInventoryLow}, System: "edi",
	Effect: Natural{}, Calls: 1,
	Does: "Sends an X12 850 purchase order to the SKU's supplier through the EDI gateway; a SKU of no EDI supplier is ignored.",
}
