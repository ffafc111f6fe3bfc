package catalog

import "signalbox/shared/event/retail"

var customerDeletedMarketing = Function{
	Name: "customer-deleted-marketing", Domain: Retail, Trigger: EventQueue{Event: retail.TypeCustomerDeleted, Sequence: "customer-marketing"}, System: "klaviyo",
	Effect: Natural{}, Calls: 2,
	Does: "Has Klaviyo erase the customer's profile; that of an account that was only closed stays.",
}
