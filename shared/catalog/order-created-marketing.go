package catalog

import "signalbox/shared/event/retail"

var orderCreatedMarketing = Function{
	Name: "order-created-marketing", Domain: Retail, Trigger: EventQueue{Event: retail.TypeOrderCreated}, System: "klaviyo",
	Effect: Natural{}, Calls: 1,
	Does: "Records a Placed Order event on the customer's Klaviyo profile.",
}
