package catalog

import "signalbox/shared/event/retail"

var inventoryEvents = []Event{
	{Payload: retail.InventoryChanged{}, Domain: Retail, Means: "There is more or less of a SKU at one place than before."},
	{Payload: retail.InventoryLow{}, Domain: Retail, Means: "What is available of a SKU fell to its threshold."},
	{Payload: retail.InventorySoldOut{}, Domain: Retail, Means: "Nothing of a SKU is available at one place any more."},
	{Payload: retail.InventoryRestocked{}, Domain: Retail, Means: "Of a SKU that was sold out at one place something is available again."},
	{Payload: retail.InventoryReplenished{}, Domain: Retail, Means: "What was ordered of a SKU arrived: its level is above the threshold again."},
	{Payload: retail.ReplenishmentOverdue{}, Domain: Retail, Means: "A purchase order was sent, and nothing arrived within the supplier's time."},
}

var inventoryFunctions = []Function{
	inventoryChangedWatch,
	inventoryLowReplenishEDI,
	inventoryLowReplenishWebhook,
	inventoryChangedReplenish,
	inventorySoldOutMarketing,
	inventoryRestockedMarketing,
	inventoryChangedDemand,
	inventoryLowPromotion,
}
