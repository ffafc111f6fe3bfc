package catalog

import "signalbox/shared/event/retail"

var customerDeletedLoyalty = Function{
	Name: "customer-deleted-loyalty", Domain: Retail, Trigger: EventQueue{Event: retail.TypeCustomerDeleted, Sequence: "customer-loyalty"}, System: "voucherify",
	Effect: Natural{}, Calls: 1,
	Does: "Has Voucherify erase the customer for good; an account that was only closed stays.",
}
