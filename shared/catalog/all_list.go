package catalog

import (
	"slices"

	"signalbox/shared/event/retail"
)

// Events are the business events.
var Events = slices.Concat(
	orderEvents,
	shipmentEvents,
	returnEvents,
	inventoryEvents,
	demandEvents,
	promotionEvents,
	customerEvents,
)

// Functions are all functions.
var Functions = slices.Concat(
	ingressFunctions,
	orderFunctions,
	shipmentFunctions,
	returnFunctions,
	inventoryFunctions,
	demandFunctions,
	promotionFunctions,
	customerFunctions,
	platformFunctions,
)

// Systems are what functions write to and read from.
var Systems = []System{
	commercetoolsSystem,
	fedexSystem,
	salesforceSystem,
	stripeSystem,
	klaviyoSystem,
	voucherifySystem,
	workdaySystem,
	ediSystem,
	webhookSystem,
	sendersSystem,
	firehoseSystem,
}

// Groups are the settings that several functions share.
var Groups = []Group{
	demandSettings,
	paymentFields,
	promotionSettings,
	weightField,
}

// Topics are fed by the bus directly.
var Topics = []Topic{
	{Name: "buying-overdue", Domain: Retail, Event: retail.TypeReplenishmentOverdue, For: "the buyers' own subscribers, such as their mailbox"},
	{Name: "marketing-orders", Domain: Retail, Event: retail.TypeOrderCreated, For: "the marketing team's own subscribers"},
}
