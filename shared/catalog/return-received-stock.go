package catalog

import (
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var returnReceivedStock = Function{
	Name: "return-received-stock", Domain: Retail, Trigger: EventQueue{Event: retail.TypeReturnReceived}, System: "commercetools",
	Effect: Natural{}, Calls: 2,
	Echoes: []event.Type{retail.TypeInventoryChanged},
	Does:   "Puts pieces that can be sold again back into commercetools' stock, once per return item.",
	Settings: []Setting{
		{Name: "RETURN_RESTOCK", Help: "yes, or no where the warehouse itself raises the stock", Default: "yes"},
		{Name: "COMMERCETOOLS_RETURN_TYPE", Help: "key of the custom type given to inventory entries that have none", Default: "signalbox-inventory"},
		{Name: "COMMERCETOOLS_RETURN_FIELD", Help: "custom field of inventory entries, of type String, that remembers which returns were put back", Default: "signalboxReturns"},
	},
}
