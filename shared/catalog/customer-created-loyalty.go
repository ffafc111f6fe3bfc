package catalog

import "signalbox/shared/event/retail"

var customerCreatedLoyalty = Function{
	Name: "customer-created-loyalty", Domain: Retail, Trigger: EventQueue{Event: retail.TypeCustomerCreated, Sequence: "customer-loyalty"}, System: "voucherify",
	Effect: Natural{}, Calls: 1,
	Does: "Makes Voucherify know a new customer.",
}
