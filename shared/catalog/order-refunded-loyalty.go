package catalog

import "signalbox/shared/event/retail"

var orderRefundedLoyalty = Function{
	Name: "order-refunded-loyalty", Domain: Retail, Trigger: EventQueue{Event: retail.TypeOrderRefunded}, System: "voucherify",
	Effect: Natural{}, Calls: 1,
	Does: "Cancels an order at Voucherify that was refunded in full; one refunded in part keeps its points.",
}
