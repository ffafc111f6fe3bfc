package catalog

import "signalbox/shared/event/retail"

var shipmentCreatedTracking = Function{
	Name: "shipment-created-tracking", Domain: Retail, Trigger: EventQueue{Event: retail.TypeShipmentCreated}, System: "commercetools",
	Effect: Natural{}, Calls: 2,
	Does: "Writes delivery, parcel and tracking number back to the commercetools order.",
}
