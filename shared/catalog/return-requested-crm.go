package catalog

import "signalbox/shared/event/retail"

var returnRequestedCRM = Function{
	Name: "return-requested-crm", Domain: Retail, Trigger: EventQueue{Event: retail.TypeReturnRequested}, System: "salesforce",
	Effect: Natural{}, Calls: 2,
	Does: "Upserts a case in Salesforce by the id of the return, and the customer that it is of.",
}
