package main

import (
	"errors"

	"signalbox/shared/config"
	"signalbox/shared/event/retail"
)

// rule decides when a SKU is low, and when it has recovered.
type rule struct {
	// Threshold is the highest available quantity that is low.
	Threshold int64
	// Hysteresis is by how much the quantity must be above the threshold before it
	// has recovered, so that a level that swings around it is reported once.
	Hysteresis int64
	// Restock is the lowest available quantity at which a sold-out SKU is restocked.
	Restock int64
	// Off: the SKU is not watched.
	Off bool
}

// rules holds the rules of single SKUs, and the one of all others.
type rules struct {
	usual rule
	own   map[string]rule
}

func newRules(v config.Values) (rules, error) {
	var r rules
	var err error
	if r.usual.Threshold, err = v.Int("INVENTORY_LOW_THRESHOLD"); err != nil {
		return r, err
	}
	if r.usual.Hysteresis, err = v.Int("INVENTORY_LOW_HYSTERESIS"); err != nil {
		return r, err
	}
	if r.usual.Restock, err = v.Int("INVENTORY_RESTOCK_QUANTITY"); err != nil {
		return r, err
	}
	var given map[string]struct {
		Threshold  *int64 `json:"threshold"`
		Hysteresis *int64 `json:"hysteresis"`
		Restock    *int64 `json:"restock"`
		Off        bool   `json:"off"`
	}
	if err := v.JSON("INVENTORY_LOW_SKUS", &given); err != nil {
		return r, err
	}
	r.own = map[string]rule{}
	for sku, g := range given {
		own := r.usual
		if g.Threshold != nil {
			own.Threshold = *g.Threshold
		}
		if g.Hysteresis != nil {
			own.Hysteresis = *g.Hysteresis
		}
		if g.Restock != nil {
			own.Restock = *g.Restock
		}
		own.Off = g.Off
		if own.Restock < 1 {
			return r, errors.New("INVENTORY_LOW_SKUS: expected a restock of 1 or more")
		}
		if own.Hysteresis < 0 {
			return r, errors.New("INVENTORY_LOW_SKUS: expected a hysteresis of 0 or more")
		}
		r.own[sku] = own
	}
	if r.usual.Hysteresis < 0 {
		return r, errors.New("INVENTORY_LOW_HYSTERESIS: expected 0 or more")
	}
	if r.usual.Restock < 1 {
		return r, errors.New("INVENTORY_RESTOCK_QUANTITY: expected 1 or more")
	}
	return r, nil
}

func (r rules) of(sku string) rule {
	if own, ok := r.own[sku]; ok {
		return own
	}
	return r.usual
}

// low reports whether a SKU is low after a change, given whether it was before.
func (r rule) low(was bool, changed retail.InventoryChanged) bool {
	available := changed.Level.AvailableQuantity
	switch {
	case r.Off, changed.Deleted:
		return false
	case available <= r.Threshold:
		return true
	// Written so that no setting, however large, overflows.
	case available-r.Hysteresis > r.Threshold:
		return false
	}
	return was
}

// soldOut reports whether a SKU is sold out in its channel after a change, given whether
// it was before. A deleted entry has no stock.
func (r rule) soldOut(was bool, changed retail.InventoryChanged) bool {
	available := changed.Level.AvailableQuantity
	switch {
	case r.Off:
		return false
	case available <= 0:
		return true
	case available >= r.Restock:
		return false
	}
	return was
}
