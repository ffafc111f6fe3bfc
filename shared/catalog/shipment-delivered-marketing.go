package catalog

import "signalbox/shared/event/retail"

var shipmentDeliveredMarketing = Function{
	Name: "shipment-delivered-marketing", Domain: Retail, Trigger: EventQueue{Event: retail.TypeShipmentDelivered}, System: "klaviyo", Reads: []string{"commercetools"},
	Effect: Natural{}, Calls: 3,
	Does: "Records a Delivered Shipment event on the customer's Klaviyo profile; a parcel of no order is ignored.",
}
