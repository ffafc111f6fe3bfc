package catalog

import "signalbox/shared/event/retail"

var returnEvents = []Event{
	{Payload: retail.ReturnRequested{}, Domain: Retail, Means: "Pieces of an order are to go back."},
	{Payload: retail.ReturnLabelled{}, Domain: Retail, Means: "A carrier gave a label for the parcel that goes back."},
	{Payload: retail.ReturnReceived{}, Domain: Retail, Means: "Pieces that went back arrived, or were judged."},
}

var returnFunctions = []Function{
	returnRequestedCRM,
	returnRequestedLabel,
	returnLabelledMarketing,
	returnReceivedStock,
	returnReceivedRefund,
}
