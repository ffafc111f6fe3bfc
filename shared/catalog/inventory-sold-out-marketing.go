package catalog

import "signalbox/shared/event/retail"

var inventorySoldOutMarketing = Function{
	Name: "inventory-sold-out-marketing", Domain: Retail, Trigger: EventQueue{Event: retail.TypeInventorySoldOut}, System: "klaviyo", Reads: []string{"commercetools"},
	Effect: Natural{}, Calls: 2,
	Does: "Sets the SKU's stock in Klaviyo's catalog, so that what is sold out everywhere is not recommended.",
}
