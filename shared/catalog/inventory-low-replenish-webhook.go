package catalog

import (
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var inventoryLowReplenishWebhook = Function{
	Name: "inventory-low-replenish-webhook", Domain: Retail, Trigger: EventQueue{Event: retail.TypeInventoryLow, Timers: true}, System: "webhook",
	Effect: Natural{}, Calls: 1,
	Emits: []event.Type{retail.TypeReplenishmentOverdue},
	Does:  "Sends a signed purchase request to the webhook of the SKU's supplier and reports when nothing arrives in time; a SKU of no webhook supplier is ignored.",
}
