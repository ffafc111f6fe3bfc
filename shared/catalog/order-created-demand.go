package catalog

import (
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var orderCreatedDemand = Function{
	Name: "order-created-demand", Domain: Retail, Trigger: EventQueue{Event: retail.TypeOrderCreated},
	Effect: Natural{},
	Emits:  []event.Type{retail.TypeDemandChanged},
	Does:   "Counts what is sold of the SKUs whose demand is watched, and publishes when demand becomes slow, normal or high.",
	Groups: []Group{demandSettings},
}
