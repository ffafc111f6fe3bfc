package catalog

import (
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var webhookIngress = Function{
	Name: "webhook", Domain: Ingress, Trigger: HTTP{Source: "webhook"}, Reads: []string{"senders"},
	Effect: Natural{}, Timeout: 10 * time.Second,
	Emits: []event.Type{retail.TypeShipmentDelivered, retail.TypeShipmentDelayed},
	Does:  "Takes signed webhooks in, of FedEx's tracking and of carriers that speak Standard Webhooks, and puts what they report on the bus.",
}
