package catalog

import "signalbox/shared/event/retail"

var customerDeletedCRM = Function{
	Name: "customer-deleted-crm", Domain: Retail, Trigger: EventQueue{Event: retail.TypeCustomerDeleted, Sequence: "customer-crm"}, System: "salesforce",
	Effect: Natural{}, Calls: 1,
	Does: "Erases the personal fields of the customer's Salesforce record; an account that was only closed stays.",
}
