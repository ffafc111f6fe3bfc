package demand

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"time"

	"signalbox/shared/event/retail"
	"signalbox/shared/state"
)

const (
	// maxOrders is how many orders a state remembers by name. It holds the newest,
	// so an order that comes twice is counted twice only if more than as many others
	// of the SKU came between.
	maxOrders = 1000
	// maxPlaces is how many inventory entries of a SKU are added up.
	maxPlaces = 100
)

// tally is the state of a SKU. Its bounds keep it below 40 KB, a tenth
// of what DynamoDB takes.
type tally struct {
	// From and Until are the first and the last hour since 1970 that anything was
	// seen of.
	From  int64 `json:"from,omitzero"`
	Until int64 `json:"until,omitzero"`
	// Sold are the pieces sold by hour.
	Sold map[int64]int64 `json:"sold,omitzero"`
	// Orders are the orders counted, the newest last, shortened.
	Orders []string `json:"orders,omitzero"`
	// Places are the levels by inventory entry.
	Places map[string]place `json:"places,omitzero"`
	// Class is what was published last, normal if nothing was, and Number how often.
	Class  string `json:"class,omitzero"`
	Number int64  `json:"number,omitzero"`
	// Owed is what was decided and may not have been published yet.
	Owed state.Owed[change] `json:"owed,omitzero"`
}

type place struct {
	Version   int64 `json:"v"`
	Available int64 `json:"n"`
	Gone      bool  `json:"gone,omitzero"`
}

// change is what a function owes when the class changed.
type change struct {
	Changed retail.DemandChanged `json:"changed"`
}

func hour(t time.Time) int64 { return t.Unix() / 3600 }

// see widens the time that anything was seen of, and drops what is out of the
// window.
func (t *tally) see(r Rules, at time.Time) {
	h := hour(at)
	if t.Until == 0 {
		t.From, t.Until = h, h
	}
	t.From, t.Until = min(t.From, h), max(t.Until, h)
	maps.DeleteFunc(t.Sold, func(sold, _ int64) bool { return !t.within(r, sold) })
}

// within reports whether an hour is in the window that ends with the last one.
func (t *tally) within(r Rules, h int64) bool { return h > t.Until-r.WindowHours }

// order counts an order, unless it was counted already or is older than the window.
func (t *tally) order(r Rules, id string, at time.Time, pieces int64) {
	t.see(r, at)
	name := shortened(id)
	if !t.within(r, hour(at)) || slices.Contains(t.Orders, name) {
		return
	}
	if t.Sold == nil {
		t.Sold = map[int64]int64{}
	}
	t.Sold[hour(at)] += pieces
	t.Orders = append(t.Orders, name)
	t.Orders = t.Orders[max(0, len(t.Orders)-maxOrders):]
}

// shortened is a name of 72 bits: a million orders have two of one name with a
// chance of one in ten thousand million.
func shortened(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// level takes a level in, unless a newer one of the entry was.
func (t *tally) level(r Rules, l retail.InventoryChanged, at time.Time) {
	t.see(r, at)
	known, ok := t.Places[l.Level.EntryID]
	if l.Level.Version <= known.Version || !ok && len(t.Places) >= maxPlaces {
		return
	}
	if t.Places == nil {
		t.Places = map[string]place{}
	}
	// One that is gone is remembered, so that an older level does not bring it back.
	t.Places[l.Level.EntryID] = place{Version: l.Level.Version, Available: l.Level.AvailableQuantity, Gone: l.Deleted}
}

// counts adds up what demand is judged by; false if nothing is known of the stock
// or there is nothing to sell and nothing was sold.
func (t *tally) counts(r Rules) (retail.Counts, bool) {
	c := retail.Counts{WindowHours: r.WindowHours}
	for h, pieces := range t.Sold {
		if t.within(r, h) {
			c.Sold += pieces
		}
	}
	known := false
	for _, p := range t.Places {
		if !p.Gone {
			known = true
			c.Available += max(0, p.Available)
		}
	}
	if !known || c.Sold+c.Available == 0 {
		return c, false
	}
	c.SellThrough = 100 * c.Sold / (c.Sold + c.Available)
	return c, true
}

// judge returns the change of class, if there is one, and stores it. A SKU that is
// not known for long cannot be slow: it had no time to sell.
func (t *tally) judge(r Rules, sku string, at time.Time) (retail.DemandChanged, bool) {
	l, watched := r.of(sku)
	c, known := t.counts(r)
	was, class := t.Class, retail.DemandNormal
	if was == "" {
		was = retail.DemandNormal
	}
	if known && watched {
		class = r.class(l, c.SellThrough, was)
	}
	if class == retail.DemandSlow && t.Until-t.From < r.PatienceHours {
		class = retail.DemandNormal
	}
	if class == was {
		return retail.DemandChanged{}, false
	}
	t.Class = class
	t.Number++
	return retail.DemandChanged{SKU: sku, Class: class, Previous: was, Counts: c, Number: t.Number, At: at.UTC()}, true
}
