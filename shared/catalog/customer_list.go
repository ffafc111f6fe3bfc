package catalog

import "signalbox/shared/event/retail"

var customerEvents = []Event{
	{Payload: retail.CustomerCreated{}, Domain: Retail, Means: "Somebody has an account in the shop."},
	{Payload: retail.CustomerChanged{}, Domain: Retail, Means: "A customer's account changed."},
	{Payload: retail.CustomerDeleted{}, Domain: Retail, Means: "A customer's account was closed, or all of the customer's data must go."},
}

var customerFunctions = []Function{
	customerCreatedCRM,
	customerCreatedMarketing,
	customerCreatedLoyalty,
	customerChangedCRM,
	customerChangedMarketing,
	customerChangedLoyalty,
	customerDeletedCRM,
	customerDeletedMarketing,
	customerDeletedLoyalty,
}
