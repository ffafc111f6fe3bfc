package catalog

import "signalbox/shared/event/retail"

var inventoryRestockedMarketing = Function{
	Name: "inventory-restocked-marketing", Domain: Retail, Trigger: EventQueue{Event: retail.TypeInventoryRestocked}, System: "klaviyo", Reads: []string{"commercetools"},
	Effect: Natural{}, Calls: 2,
	Does: "Sets the SKU's stock in Klaviyo's catalog, which notifies those who wait for it.",
}
