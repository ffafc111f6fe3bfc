package retail

import (
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// Types of the events about stock.
const (
	TypeInventoryChanged   event.Type = "inventory.changed"
	TypeInventoryLow       event.Type = "inventory.low"
	TypeInventorySoldOut   event.Type = "inventory.sold-out"
	TypeInventoryRestocked event.Type = "inventory.restocked"
)

// Level is the stock of a SKU in one supply channel.
type Level struct {
	// EntryID is the shop's id of the inventory entry: one SKU in one supply
	// channel, or outside of all channels.
	EntryID string `json:"entryId"`
	SKU     string `json:"sku"`
	// Channel is the shop's id of the supply channel; empty if the entry has none.
	Channel string `json:"channel,omitzero"`
	// Version is the shop's version of the entry: the level with the higher
	// version is the newer one.
	Version int64 `json:"version"`
	// QuantityOnStock is the stock, AvailableQuantity the part that is not
	// reserved. Both are below 0 if more was sold than the channel has.
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

// Available adds up the available quantities of several channels. An oversold
// channel counts as 0.
func Available(levels []Level) int64 {
	var sum int64
	for _, l := range levels {
		sum += max(0, l.AvailableQuantity)
	}
	return sum
}

// InventoryChanged is the data of inventory.changed: the stock of a SKU in one
// channel changed, or its inventory entry was deleted.
type InventoryChanged struct {
	Level Level `json:"level"`
	// Deleted: the entry was deleted; its quantities are 0.
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
		return fault.Field("data.level", "quantities of 0, because the entry is deleted")
	}
	return nil
}

// InventoryLow is the data of inventory.low: the available quantity fell to the
// SKU's threshold. It happens once until the quantity has recovered.
type InventoryLow struct {
	// Level is the one that fell to the threshold.
	Level     Level `json:"level"`
	Threshold int64 `json:"threshold"`
	// At is when the shop reported the level. Unlike the event's own time it is the
	// same however often the event is emitted, so purchase orders use it as their date.
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

// InventorySoldOut is the data of inventory.sold-out: a SKU is not available in
// one channel any more, or its inventory entry was deleted. It is emitted once
// until the SKU is restocked. Other channels may still have the SKU.
type InventorySoldOut struct {
	// Level is the first level without available stock.
	Level Level `json:"level"`
	// At is when the shop reported the level.
	At time.Time `json:"at"`
}

func (InventorySoldOut) EventType() event.Type { return TypeInventorySoldOut }
func (InventorySoldOut) SchemaVersion() int    { return 1 }
func (p InventorySoldOut) Subject() string     { return p.Level.EntryID }
func (p InventorySoldOut) Validate() error {
	if err := p.Level.validate("data.level"); err != nil {
		return err
	}
	switch {
	case p.Level.AvailableQuantity > 0:
		return fault.Field("data.level.availableQuantity", "at most 0")
	case p.At.IsZero():
		return fault.Field("data.at", "a time in RFC 3339")
	}
	return nil
}

// InventoryRestocked is the data of inventory.restocked: a SKU that was sold out
// in one channel is available there again.
type InventoryRestocked struct {
	// Level is the first level with available stock.
	Level Level `json:"level"`
	// At is when the shop reported the level.
	At time.Time `json:"at"`
}

func (InventoryRestocked) EventType() event.Type { return TypeInventoryRestocked }
func (InventoryRestocked) SchemaVersion() int    { return 1 }
func (p InventoryRestocked) Subject() string     { return p.Level.EntryID }
func (p InventoryRestocked) Validate() error {
	if err := p.Level.validate("data.level"); err != nil {
		return err
	}
	switch {
	case p.Level.AvailableQuantity < 1:
		return fault.Field("data.level.availableQuantity", "a whole number above 0")
	case p.At.IsZero():
		return fault.Field("data.at", "a time in RFC 3339")
	}
	return nil
}
