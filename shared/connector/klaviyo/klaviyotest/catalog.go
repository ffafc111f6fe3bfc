package klaviyotest

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/strictjson"
)

// Unknown are the SKUs that the account's catalog lacks; it has all others.
func Unknown() []string { return []string{"PATCH-001", "LANTERN-LED"} }

// variants is the first part of the paths of variants, prefix that of their ids.
const (
	variants = "/api/catalog-variants/"
	prefix   = "$custom:::$default:::"
)

// Stock returns the stock of a SKU, and false if it was never set.
func (d *Double) Stock(sku string) (int64, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, ok := d.stock[sku]
	return n, ok
}

func (d *Double) setStock(w http.ResponseWriter, r *http.Request, id string, body []byte) {
	var in struct {
		Data struct {
			Type       string `json:"type"`
			ID         string `json:"id"`
			Attributes struct {
				Policy   *int     `json:"inventory_policy"`
				Quantity *float64 `json:"inventory_quantity"`
			} `json:"attributes"`
		} `json:"data"`
	}
	sku, ours := strings.CutPrefix(id, prefix)
	if err := strictjson.UnmarshalUpTo(5<<20, "body", body, &in); err != nil {
		refuse(w, http.StatusBadRequest, "invalid", "The payload provided in the request is invalid.", source{Pointer: "/data"})
		return
	}
	a := in.Data.Attributes
	for _, rule := range []struct {
		broken  bool
		pointer string
	}{
		{!ours || sku == "" || in.Data.ID != id, "/data/id"},
		{in.Data.Type != "catalog-variant", "/data/type"},
		{a.Policy != nil && (*a.Policy < 0 || *a.Policy > 2), "/data/attributes/inventory_policy"},
		{a.Quantity == nil, "/data/attributes/inventory_quantity"},
	} {
		if rule.broken {
			refuse(w, http.StatusBadRequest, "invalid", "Invalid input.", source{Pointer: rule.pointer})
			return
		}
	}
	for _, unknown := range Unknown() {
		if sku == unknown {
			refuse(w, http.StatusNotFound, "not_found", "A catalog variant with the given id does not exist.", source{Pointer: "/data/id"})
			return
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if was, ok := d.stock[sku]; !ok || was != int64(*a.Quantity) {
		d.stock[sku] = int64(*a.Quantity)
		d.effects = append(d.effects, connectortest.Effect{Reference: sku, What: fmt.Sprintf("stock set to %d", d.stock[sku]), Caller: connectortest.Caller(r), At: time.Now()})
	}
	encoded, err := strictjson.Marshal(map[string]any{"data": map[string]any{
		"type": "catalog-variant", "id": id, "attributes": map[string]any{"external_id": sku, "inventory_policy": a.Policy, "inventory_quantity": a.Quantity},
		"links": map[string]any{"self": "https://a.klaviyo.com" + variants + id},
	}})
	if err != nil {
		panic("klaviyotest: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/vnd.api+json")
	_, _ = w.Write(encoded)
}
