package retail

import (
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// Types of the events about demand and its promotions.
const (
	TypeDemandChanged    event.Type = "demand.changed"
	TypePromotionStarted event.Type = "promotion.started"
	TypePromotionEnded   event.Type = "promotion.ended"
)

// Classes of demand.
const (
	DemandSlow   = "slow"
	DemandNormal = "normal"
	DemandHigh   = "high"
)

// Counts are the numbers from which the class of demand for a SKU is computed.
type Counts struct {
	// Sold is how many pieces were ordered within the window.
	Sold int64 `json:"sold"`
	// Available is the quantity available in all supply channels together.
	Available int64 `json:"available"`
	// SellThrough is Sold as a percentage of Sold and Available together.
	SellThrough int64 `json:"sellThrough"`
	// WindowHours is the length of the window that ends with the event.
	WindowHours int64 `json:"windowHours"`
}

// DemandChanged is the data of demand.changed: the class of demand for a SKU
// changed.
type DemandChanged struct {
	SKU string `json:"sku"`
	// Class is slow, normal or high, and Previous the one before.
	Class    string `json:"class"`
	Previous string `json:"previous"`
	Counts   Counts `json:"counts"`
	// Number counts the changes of the SKU's class: the event with the higher
	// number is the newer one.
	Number int64 `json:"number"`
	// At is the time of the event that changed it.
	At time.Time `json:"at"`
}

func (DemandChanged) EventType() event.Type { return TypeDemandChanged }
func (DemandChanged) SchemaVersion() int    { return 1 }
func (p DemandChanged) Subject() string     { return p.SKU }
func (p DemandChanged) Sequence() int64     { return p.Number }
func (p DemandChanged) Validate() error {
	switch {
	case p.SKU == "":
		return fault.Field("data.sku", "a non-empty string")
	case !isDemand(p.Class):
		return fault.Field("data.class", "slow, normal or high")
	case !isDemand(p.Previous) || p.Previous == p.Class:
		return fault.Field("data.previous", "another of slow, normal and high")
	case p.Counts.Sold < 0:
		return fault.Field("data.counts.sold", "0 or more")
	case p.Number < 1:
		return fault.Field("data.number", "a whole number above 0")
	case p.At.IsZero():
		return fault.Field("data.at", "a time in RFC 3339")
	}
	return nil
}

func isDemand(class string) bool {
	return class == DemandSlow || class == DemandNormal || class == DemandHigh
}

// Promotion is a discount on one SKU after its change.
type Promotion struct {
	SKU string `json:"sku"`
	// Discount is the key of the shop's discount. To reverse the change, set this
	// discount active or inactive.
	Discount string `json:"discount"`
	// Percent is the size of the discount.
	Percent int64 `json:"percent"`
	// Previous is the state before the change: none, started or ended.
	Previous string `json:"previous"`
	// Why is a text that explains the decision.
	Why string `json:"why"`
	// Cause is the id of the event that caused the change.
	Cause string `json:"cause"`
	// At is the time of that event.
	At time.Time `json:"at"`
}

func (p Promotion) validate(field string) error {
	switch {
	case p.SKU == "":
		return fault.Field(field+".sku", "a non-empty string")
	case p.Discount == "":
		return fault.Field(field+".discount", "a non-empty string")
	case p.Percent < 1 || p.Percent > 99:
		return fault.Field(field+".percent", "1 to 99")
	case p.Previous != "none" && p.Previous != "started" && p.Previous != "ended":
		return fault.Field(field+".previous", "none, started or ended")
	case p.Why == "":
		return fault.Field(field+".why", "a non-empty string")
	case p.Cause == "":
		return fault.Field(field+".cause", "a non-empty string")
	case p.At.IsZero():
		return fault.Field(field+".at", "a time in RFC 3339")
	}
	return nil
}

// PromotionStarted is the data of promotion.started: a SKU is sold at a discount.
type PromotionStarted struct {
	Promotion Promotion `json:"promotion"`
}

func (PromotionStarted) EventType() event.Type { return TypePromotionStarted }
func (PromotionStarted) SchemaVersion() int    { return 1 }
func (p PromotionStarted) Subject() string     { return p.Promotion.SKU }
func (p PromotionStarted) Validate() error     { return p.Promotion.validate("data.promotion") }

// PromotionEnded is the data of promotion.ended: a SKU is not sold at a discount
// any more.
type PromotionEnded struct {
	Promotion Promotion `json:"promotion"`
}

func (PromotionEnded) EventType() event.Type { return TypePromotionEnded }
func (PromotionEnded) SchemaVersion() int    { return 1 }
func (p PromotionEnded) Subject() string     { return p.Promotion.SKU }
func (p PromotionEnded) Validate() error     { return p.Promotion.validate("data.promotion") }
