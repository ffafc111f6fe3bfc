package catalog

import "signalbox/shared/event/retail"

var shipmentEvents = []Event{
	{Payload: retail.ShipmentCreated{}, Domain: Retail, Means: "A carrier accepted a shipment."},
	{Payload: retail.ShipmentDelivered{}, Domain: Retail, Means: "A carrier handed a shipment over."},
	{Payload: retail.ShipmentDelayed{}, Domain: Retail, Means: "A carrier will deliver a shipment later than it said."},
}

var shipmentFunctions = []Function{
	shipmentCreatedTracking,
	shipmentDeliveredTracking,
	shipmentDelayedTracking,
	shipmentCreatedMarketing,
	shipmentDeliveredMarketing,
	shipmentDelayedMarketing,
}
