package catalog

import "signalbox/shared/event/retail"

var orderEvents = []Event{
	{Payload: retail.OrderCreated{}, Domain: Retail, Means: "An order was placed."},
	{Payload: retail.OrderApproved{}, Domain: Retail, Means: "An order passed fraud screening and may ship."},
	{Payload: retail.OrderHeld{}, Domain: Retail, Means: "An order needs a person's look before it ships."},
	{Payload: retail.OrderPaid{}, Domain: Retail, Means: "An order was paid in full."},
	{Payload: retail.OrderRefunded{}, Domain: Retail, Means: "Money of a paid order went back to the customer."},
	{Payload: retail.OrderCancelled{}, Domain: Retail, Means: "An order was called off."},
}

var orderFunctions = []Function{
	orderCreatedFraud,
	orderCreatedCRM,
	orderCreatedMarketing,
	orderPaidFinance,
	orderPaidLoyalty,
	orderRefundedLoyalty,
	orderRefundedFinance,
	orderApprovedShipping,
	orderCancelledShipping,
	orderCreatedStock,
	orderCreatedDemand,
}
