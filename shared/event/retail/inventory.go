package retail

import (
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// Types of the events about stock.
const (
	TypeInventoryChanged event.Type = "inventory.changed"
	TypeInventoryLow     event.Type = "inventory.low"
)

// Level is how much of a SKU there is at one place.
type Level struct {
	// EntryID is the shop's id of the inventory entry: one SKU in one supply
	// channel, or outside of all channels.
	EntryID string `json:"entryId"`
	SKU     string `json:"sku"`
	// Channel is the shop's id of the supply channel; empty if the entry has none.
	Channel string `json:"channel,omitzero"`
	// Version is the shop's version of the entry: of two levels the one with the
	// higher version is the newer.
	Version int64 `json:"version"`
	// QuantityOnStock is what lies there, AvailableQuantity what of it is not
	// reserved. Both are below 0 where more was sold than there is.
	QuantityOnStock   int64 `json:"quantityOnStock"`
	AvailableQuantity int64 `json:"availableQuantity"`
}

func (l Level) validate(field string) error {
	switch {
	case l.EntryID == "":
		return fault.Field(field+".entryId", "a non-empty string")
	case l.SKU == "":
		return fault.Field(field+".sku", "a non-empty string")
	case l.Version < 1:
		return fault.Field(field+".version", "a whole number above 0")
	}
	return nil
}

// InventoryChanged is the data of inventory.changed: there is more or less of a
// SKU at one place than before, or the place does not have it any more.
type InventoryChanged struct {
	Level Level `json:"level"`
	// Deleted tells that the entry is gone; its quantities are 0 then.
	Deleted bool `json:"deleted,omitzero"`
}

func (InventoryChanged) EventType() event.Type { return TypeInventoryChanged }
func (InventoryChanged) SchemaVersion() int    { return 1 }
func (p InventoryChanged) Subject() string     { return p.Level.EntryID }
func (p InventoryChanged) Sequence() int64     { return p.Level.Version }
func (p InventoryChanged) Validate() error {
	if err := p.Level.validate("data.level"); err != nil {
		return err
	}
	if p.Deleted && (p.Level.QuantityOnStock != 0 || p.Level.AvailableQuantity != 0) {
		return fault.Field("data.level", "quantities of 0, for the entry is deleted")
	}
	return nil
}

// InventoryLow is the data of inventory.low: the available quantity fell to the
// SKU's threshold. It happens once until the quantity has recovered.
type InventoryLow struct {
	// Level is the one that fell to the threshold.
	Level     Level `json:"level"`
	Threshold int64 `json:"threshold"`
	// At is when the level was told. Unlike the time of the event it is the same
	// however often the event is emitted, so what an order is dated by.
	At time.Time `json:"at"`
}

func (InventoryLow) EventType() event.Type { return TypeInventoryLow }
func (InventoryLow) SchemaVersion() int    { return 1 }
func (p InventoryLow) Subject() string     { return p.Level.EntryID }
func (p InventoryLow) Validate() error {
	if err := p.Level.validate("data.level"); err != nil {
		return err
	}
	switch {
	case p.Level.AvailableQuantity > p.Threshold:
		return fault.Field("data.level.availableQuantity", "at most the threshold")
	case p.At.IsZero():
		return fault.Field("data.at", "a time in RFC 3339")
	}
	return nil
}
