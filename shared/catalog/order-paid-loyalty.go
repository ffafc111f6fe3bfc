package catalog

import "signalbox/shared/event/retail"

var orderPaidLoyalty = Function{
	Name: "order-paid-loyalty", Domain: Retail, Trigger: EventQueue{Event: retail.TypeOrderPaid}, System: "voucherify",
	Effect: Natural{}, Calls: 1,
	Does: "Reports the customer's paid order to Voucherify, whose rules give points; a guest's and one in another currency give none.",
}
