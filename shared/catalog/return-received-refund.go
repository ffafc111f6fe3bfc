package catalog

import "signalbox/shared/event/retail"

var returnReceivedRefund = Function{
	Name: "return-received-refund", Domain: Retail, Trigger: EventQueue{Event: retail.TypeReturnReceived}, System: "commercetools",
	Effect: Natural{}, Calls: 2,
	Does: "Adds a refund of what the returned pieces cost to the order's payment in commercetools, for the payment integration to carry out.",
	Settings: []Setting{
		{Name: "RETURN_REFUND_ON", Help: "when a refund is due: receipt, judgement (BackInStock or Unusable), back-in-stock or never", Default: "receipt"},
	},
}
