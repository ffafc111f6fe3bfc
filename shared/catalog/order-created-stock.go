package catalog

import (
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var orderCreatedStock = Function{
	Name: "order-created-stock", Domain: Retail, Trigger: EventQueue{Event: retail.TypeOrderCreated}, Reads: []string{"commercetools"},
	Effect: Natural{}, Calls: 1,
	Emits: []event.Type{retail.TypeInventoryChanged},
	Does:  "Reads from commercetools how much is left of each SKU of the order, for which commercetools sends no message.",
}
