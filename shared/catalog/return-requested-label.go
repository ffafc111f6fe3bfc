package catalog

import (
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var returnRequestedLabel = Function{
	Name: "return-requested-label", Domain: Retail, Trigger: EventQueue{Event: retail.TypeReturnRequested}, System: "fedex",
	Effect: Unsafe{AskAfter: 2 * time.Minute}, Calls: 3,
	Emits: []event.Type{retail.TypeReturnLabelled},
	Does:  "Creates the FedEx return shipment with the label for the customer's printer; a parcel that is on its way needs none.",
}
