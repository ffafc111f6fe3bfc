package catalog

import "signalbox/shared/event/retail"

var shipmentCreatedMarketing = Function{
	Name: "shipment-created-marketing", Domain: Retail, Trigger: EventQueue{Event: retail.TypeShipmentCreated}, System: "klaviyo", Reads: []string{"commercetools"},
	Effect: Natural{}, Calls: 2,
	Does: "Records a Fulfilled Order event with carrier and tracking number on the customer's Klaviyo profile.",
}
