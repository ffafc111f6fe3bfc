package catalog

import "signalbox/shared/event/retail"

var orderCancelledShipping = Function{
	Name: "order-cancelled-shipping", Domain: Retail, Trigger: EventQueue{Event: retail.TypeOrderCancelled}, System: "fedex",
	Effect: Natural{}, Calls: 2,
	Does: "Keeps a called-off order from being shipped and cancels the FedEx shipment it has; a parcel FedEx has already is dead-lettered.",
}
