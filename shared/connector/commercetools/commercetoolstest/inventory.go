package commercetoolstest

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// sampleInventory are the entries that every double has: those of the SKUs in
// events-samples, one of them in two supply channels.
//
//go:embed inventory.json
var sampleInventory []byte

func (d *Double) putEntries(list []byte) error {
	var entries []jsontext.Value
	if err := json.Unmarshal(list, &entries); err != nil {
		return fmt.Errorf("decode inventory: %w", err)
	}
	for _, entry := range entries {
		if err := d.PutInventory(entry); err != nil {
			return err
		}
	}
	return nil
}

// PutInventory adds an inventory entry, or replaces the one with the same id. The
// JSON is an InventoryEntry as commercetools writes it.
func (d *Double) PutInventory(entry []byte) error {
	var e object
	if err := json.Unmarshal(entry, &e); err != nil {
		return fmt.Errorf("decode inventory entry: %w", err)
	}
	id, _ := e["id"].(string)
	sku, _ := e["sku"].(string)
	if version, ok := e["version"].(float64); id == "" || sku == "" || !ok || version < 1 {
		return errors.New("inventory entry: expected an id, a sku and a version")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries[id] = e
	return nil
}

// quantitySet holds the fields of an InventoryEntryQuantitySet message.
type quantitySet struct {
	SKU           string  `json:"sku"`
	SupplyChannel object  `json:"supplyChannel"`
	OnStock       float64 `json:"newQuantityOnStock"`
	Available     float64 `json:"newAvailableQuantity"`
	CreatedAt     string  `json:"createdAt"`
}

// setQuantity sets the reported quantities and version of an entry, unless it has a
// newer version. It adds an unknown entry only if the double has no entry of its
// SKU: for a SKU that it has, it has the entries of all channels.
func (d *Double) setQuantity(id string, to float64, q quantitySet) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := object{"id": id, "sku": q.SKU, "createdAt": q.CreatedAt}
	if known, ok := d.entries[id]; ok {
		if float64(version(known)) >= to {
			return
		}
		e = clone(known)
	} else if q.SKU == "" || d.hasSKU(q.SKU) {
		return
	}
	if q.SupplyChannel != nil {
		e["supplyChannel"] = q.SupplyChannel
	}
	e["version"], e["quantityOnStock"], e["availableQuantity"], e["lastModifiedAt"] = to, q.OnStock, q.Available, q.CreatedAt
	d.entries[id] = e
}

func (d *Double) hasSKU(sku string) bool {
	for _, e := range d.entries {
		if e["sku"] == sku {
			return true
		}
	}
	return false
}

// DeleteInventory deletes an inventory entry.
func (d *Double) DeleteInventory(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.entries, id)
}

// queryInventory answers GET /inventory for the two predicates that the double
// supports: id="…" and sku in ("…",…).
func (d *Double) queryInventory(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, lok := count(query, "limit", 20, 500)
	offset, ook := count(query, "offset", 0, 10000)
	field, values, ok := predicate(query.Get("where"))
	if !ok || !lok || !ook || len(query["where"]) != 1 {
		refuse(w, http.StatusBadRequest, "InvalidInput", "Malformed parameter: where, limit or offset.", nil)
		return
	}
	results := []any{}
	matched := 0
	for _, id := range slices.Sorted(maps.Keys(d.entries)) {
		value, _ := d.entries[id][field].(string)
		if !slices.Contains(values, value) {
			continue
		}
		if matched >= offset && len(results) < limit {
			results = append(results, d.entries[id])
		}
		matched++
	}
	page := object{"limit": limit, "offset": offset, "count": len(results), "results": results}
	if query.Get("withTotal") != "false" {
		page["total"] = matched
	}
	answer(w, http.StatusOK, page)
}

func count(query url.Values, name string, usual, most int) (int, bool) {
	text := query.Get(name)
	if text == "" {
		return usual, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n <= most
}

func predicate(where string) (field string, values []string, ok bool) {
	if text, found := strings.CutPrefix(where, "id="); found {
		value, rest, ok := quoted(text)
		return "id", []string{value}, ok && rest == ""
	}
	rest, found := strings.CutPrefix(where, "sku in (")
	if !found {
		return "", nil, false
	}
	for {
		value, after, ok := quoted(rest)
		if !ok {
			return "", nil, false
		}
		values = append(values, value)
		if after == ")" {
			return "sku", values, true
		}
		if rest, ok = strings.CutPrefix(after, ","); !ok {
			return "", nil, false
		}
	}
}

// quoted reads one string of a predicate and returns what follows it.
func quoted(s string) (value, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}
