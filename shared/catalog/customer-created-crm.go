package catalog

import "signalbox/shared/event/retail"

var customerCreatedCRM = Function{
	Name: "customer-created-crm", Domain: Retail, Trigger: EventQueue{Event: retail.TypeCustomerCreated, Sequence: "customer-crm"}, System: "salesforce",
	Effect: Natural{}, Calls: 1,
	Does: "Upserts a new customer's account in Salesforce by its commercetools id.",
}
