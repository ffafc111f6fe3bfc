package catalog

import "signalbox/shared/event/retail"

var shipmentDelayedTracking = Function{
	Name: "shipment-delayed-tracking", Domain: Retail, Trigger: EventQueue{Event: retail.TypeShipmentDelayed}, System: "commercetools",
	Effect: Natural{}, Calls: 3,
	Does: "Sets the commercetools order to Delayed, unless it was delivered; a parcel of no order is ignored.",
}
