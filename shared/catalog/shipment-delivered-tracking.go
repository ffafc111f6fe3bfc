package catalog

import "signalbox/shared/event/retail"

var shipmentDeliveredTracking = Function{
	Name: "shipment-delivered-tracking", Domain: Retail, Trigger: EventQueue{Event: retail.TypeShipmentDelivered}, System: "commercetools",
	Effect: Natural{}, Calls: 3,
	Does: "Sets the commercetools order to Delivered once all its parcels have arrived; a parcel of no order is ignored.",
}
