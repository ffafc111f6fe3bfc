package catalog

import "signalbox/shared/event/retail"

var promotionEvents = []Event{
	{Payload: retail.PromotionStarted{}, Domain: Retail, Means: "A SKU is sold at a discount."},
	{Payload: retail.PromotionEnded{}, Domain: Retail, Means: "A SKU is not sold at a discount any more."},
}

var promotionFunctions = []Function{}
