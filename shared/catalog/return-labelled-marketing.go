package catalog

import "signalbox/shared/event/retail"

var returnLabelledMarketing = Function{
	Name: "return-labelled-marketing", Domain: Retail, Trigger: EventQueue{Event: retail.TypeReturnLabelled}, System: "klaviyo",
	Effect: Natural{}, Calls: 1,
	Does: "Records a Return Label Created event with the label's address on the customer's Klaviyo profile.",
}
