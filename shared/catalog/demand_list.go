package catalog

import "signalbox/shared/event/retail"

var demandEvents = []Event{
	{Payload: retail.DemandChanged{}, Domain: Retail, Means: "Demand for a SKU became slow, normal or high."},
}

var demandFunctions = []Function{
	demandChangedPromotion,
}
