package catalog

import "signalbox/shared/event/retail"

var orderCreatedCRM = Function{
	Name: "order-created-crm", Domain: Retail, Trigger: EventQueue{Event: retail.TypeOrderCreated}, System: "salesforce",
	Effect: Natural{}, Calls: 2,
	Does: "Upserts the customer and the order in Salesforce by their commercetools ids.",
}
