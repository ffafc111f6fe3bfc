package catalog

import "signalbox/shared/event/retail"

var inventoryLowReplenishWebhook = Function{
	Name: "inventory-low-replenish-webhook", Domain: Retail, Trigger: EventQueue{Event: retail.TypeInventoryLow}, System: "webhook",
	Effect: Natural{}, Calls: 1,
	Does: "Sends a signed purchase request to the webhook of the SKU's supplier; a SKU of no webhook supplier is ignored.",
}
