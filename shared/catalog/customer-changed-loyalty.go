package catalog

import "signalbox/shared/event/retail"

var customerChangedLoyalty = Function{
	Name: "customer-changed-loyalty", Domain: Retail, Trigger: EventQueue{Event: retail.TypeCustomerChanged, Sequence: "customer-loyalty"}, System: "voucherify",
	Effect: Natural{}, Calls: 1,
	Does: "Brings what Voucherify knows of the customer to the account as it is now.",
}
