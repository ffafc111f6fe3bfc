package catalog

import (
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var inventoryChangedWatch = Function{
	Name: "inventory-changed-watch", Domain: Retail, Trigger: EventQueue{Event: retail.TypeInventoryChanged, AnyOrder: true},
	Effect: Natural{},
	Emits:  []event.Type{retail.TypeInventoryLow, retail.TypeInventorySoldOut, retail.TypeInventoryRestocked},
	Does:   "Publishes once when what is available of a SKU falls to its threshold, when nothing is left, and when there is something again.",
	Settings: []Setting{
		{Name: "INVENTORY_LOW_THRESHOLD", Help: "highest available quantity that is low", Default: "10"},
		{Name: "INVENTORY_LOW_HYSTERESIS", Help: "by how much the available quantity must be above the threshold before it has recovered", Default: "5"},
		{Name: "INVENTORY_LOW_SKUS", Help: "SKUs with values of their own as JSON: {SKU: {threshold, hysteresis, restock, off}}", Default: "{}"},
		{Name: "INVENTORY_RESTOCK_QUANTITY", Help: "lowest available quantity at which what was sold out is back", Default: "1"},
	},
}
