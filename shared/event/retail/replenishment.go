package retail

import (
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// Types of the events about purchase orders to suppliers.
const (
	TypeInventoryReplenished event.Type = "inventory.replenished"
	TypeReplenishmentOverdue event.Type = "inventory.replenishment-overdue"
)

// Purchase is a purchase order that was sent because a level was low.
type Purchase struct {
	// ID is what the supplier knows the order by: the id of the event that caused it.
	ID string `json:"id"`
	// Channel is the way it was sent: "edi" or "webhook".
	Channel string `json:"channel"`
	// Supplier is the supplier's name in the settings.
	Supplier string `json:"supplier"`
	// OrderedAt dates the order.
	OrderedAt time.Time `json:"orderedAt"`
	// DueAt is when goods were to arrive at the latest.
	DueAt time.Time `json:"dueAt"`
}

func (p Purchase) validate(field string) error {
	switch {
	case p.ID == "":
		return fault.Field(field+".id", "a non-empty string")
	case p.Channel == "":
		return fault.Field(field+".channel", "a non-empty string")
	case p.Supplier == "":
		return fault.Field(field+".supplier", "a non-empty string")
	case p.OrderedAt.IsZero():
		return fault.Field(field+".orderedAt", "a time in RFC 3339")
	case p.DueAt.IsZero():
		return fault.Field(field+".dueAt", "a time in RFC 3339")
	}
	return nil
}

// InventoryReplenished is the data of inventory.replenished: a level for which
// purchase orders were sent is above its threshold again.
type InventoryReplenished struct {
	// Level is the one that is above the threshold.
	Level Level `json:"level"`
	// Purchases are the orders that it answers.
	Purchases []Purchase `json:"purchases"`
	// At is when the level was reported.
	At time.Time `json:"at"`
}

func (InventoryReplenished) EventType() event.Type { return TypeInventoryReplenished }
func (InventoryReplenished) SchemaVersion() int    { return 1 }
func (p InventoryReplenished) Subject() string     { return p.Level.EntryID }
func (p InventoryReplenished) Validate() error {
	if err := p.Level.validate("data.level"); err != nil {
		return err
	}
	if len(p.Purchases) == 0 {
		return fault.Field("data.purchases", "at least one purchase order")
	}
	for _, purchase := range p.Purchases {
		if err := purchase.validate("data.purchases[]"); err != nil {
			return err
		}
	}
	if p.At.IsZero() {
		return fault.Field("data.at", "a time in RFC 3339")
	}
	return nil
}

// ReplenishmentOverdue is the data of inventory.replenishment-overdue: a purchase
// order was sent and the level did not rise above its threshold within the
// supplier's time. It happens at most once per order.
type ReplenishmentOverdue struct {
	// Level is the one that was low when the order was sent.
	Level     Level    `json:"level"`
	Threshold int64    `json:"threshold"`
	Purchase  Purchase `json:"purchase"`
}

func (ReplenishmentOverdue) EventType() event.Type { return TypeReplenishmentOverdue }
func (ReplenishmentOverdue) SchemaVersion() int    { return 1 }
func (p ReplenishmentOverdue) Subject() string     { return p.Level.EntryID }
func (p ReplenishmentOverdue) Validate() error {
	if err := p.Level.validate("data.level"); err != nil {
		return err
	}
	return p.Purchase.validate("data.purchase")
}
