package catalog

import (
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// shopEvents are what commercetools' notifications become, whichever way they come.
var shopEvents = []event.Type{
	retail.TypeOrderCreated, retail.TypeOrderPaid, retail.TypeOrderRefunded, retail.TypeOrderCancelled,
	retail.TypeInventoryChanged,
	retail.TypeReturnRequested, retail.TypeReturnReceived,
	retail.TypeCustomerCreated, retail.TypeCustomerChanged, retail.TypeCustomerDeleted,
}
