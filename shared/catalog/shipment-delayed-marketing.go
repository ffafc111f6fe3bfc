package catalog

import "signalbox/shared/event/retail"

var shipmentDelayedMarketing = Function{
	Name: "shipment-delayed-marketing", Domain: Retail, Trigger: EventQueue{Event: retail.TypeShipmentDelayed}, System: "klaviyo", Reads: []string{"commercetools"},
	Effect: Natural{}, Calls: 3,
	Does: "Records a Delayed Shipment event, why and until when, on the customer's Klaviyo profile; a parcel of no order is ignored.",
}
