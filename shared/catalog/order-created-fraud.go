package catalog

import (
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var orderCreatedFraud = Function{
	Name: "order-created-fraud", Domain: Retail, Trigger: EventQueue{Event: retail.TypeOrderCreated}, System: "stripe",
	Effect: Natural{}, Calls: 1,
	Emits: []event.Type{retail.TypeOrderApproved, retail.TypeOrderHeld},
	Does:  "Has Stripe Radar evaluate the payment and approves or holds the order.",
	Settings: []Setting{
		{Name: "FRAUD_HOLD_LEVEL", Help: "lowest risk level that holds an order although Radar says continue: elevated, highest or never", Default: "highest"},
		{Name: "FRAUD_UNASSESSED", Help: "what becomes of an order Radar cannot assess, such as one paid by invoice: hold or approve", Default: "hold"},
	},
}
