package catalog

import "signalbox/shared/event/retail"

var customerCreatedMarketing = Function{
	Name: "customer-created-marketing", Domain: Retail, Trigger: EventQueue{Event: retail.TypeCustomerCreated, Sequence: "customer-marketing"}, System: "klaviyo",
	Effect: Natural{}, Calls: 1,
	Does: "Makes the Klaviyo profile of a new customer, which subscribes nobody.",
}
