package catalog

import "signalbox/shared/event/retail"

var customerChangedCRM = Function{
	Name: "customer-changed-crm", Domain: Retail, Trigger: EventQueue{Event: retail.TypeCustomerChanged, Sequence: "customer-crm"}, System: "salesforce",
	Effect: Natural{}, Calls: 1,
	Does: "Brings the customer's Salesforce record to the account as it is now.",
}
