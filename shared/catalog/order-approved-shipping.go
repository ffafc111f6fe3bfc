package catalog

import (
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var orderApprovedShipping = Function{
	Name: "order-approved-shipping", Domain: Retail, Trigger: EventQueue{Event: retail.TypeOrderApproved}, System: "fedex",
	Effect: Unsafe{AskAfter: 2 * time.Minute}, Calls: 2, Rate: 45,
	Emits: []event.Type{retail.TypeShipmentCreated},
	Does:  "Creates the FedEx shipment with its label; not of an order that was called off.",
}
