package catalog

import (
	"time"

	"signalbox/shared/event/retail"
)

var orderPaidFinance = Function{
	Name: "order-paid-finance", Domain: Retail, Trigger: EventQueue{Event: retail.TypeOrderPaid}, System: "workday",
	Effect: Unsafe{AskAfter: 2 * time.Minute}, Calls: 2,
	Does: "Records the customer payment in Workday; a free order needs none.",
}
