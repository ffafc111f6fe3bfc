package catalog

import "signalbox/shared/event/retail"

var customerChangedMarketing = Function{
	Name: "customer-changed-marketing", Domain: Retail, Trigger: EventQueue{Event: retail.TypeCustomerChanged, Sequence: "customer-marketing"}, System: "klaviyo",
	Effect: Natural{}, Calls: 1,
	Does: "Brings the customer's Klaviyo profile to the account as it is now.",
}
