package voucherifytest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/strictjson"
)

// Customer is a customer of the project.
type Customer struct {
	SourceID, Name, Email string
}

// Customer returns a customer by the source id.
func (d *Double) Customer(sourceID string) (Customer, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.customers[sourceID]
	return c, ok
}

// writeCustomer creates or updates a customer; a null empties a field, an omitted one
// stays.
func (d *Double) writeCustomer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var in map[string]*string
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || strictjson.Unmarshal("body", body, &in) != nil ||
		in["source_id"] == nil || *in["source_id"] == "" {
		refuse(w, http.StatusBadRequest, "invalid_payload", "Invalid payload")
		return
	}
	id := *in["source_id"]
	was, known := d.customers[id]
	next := was
	next.SourceID = id
	for name, field := range map[string]*string{"name": &next.Name, "email": &next.Email} {
		if value, said := in[name]; said {
			*field = ""
			if value != nil {
				*field = *value
			}
		}
	}
	if next.Email != "" && !strings.Contains(next.Email, "@") {
		refuse(w, http.StatusBadRequest, "invalid_payload", "Invalid payload")
		return
	}
	now := time.Now().UTC()
	if next != was {
		verb := "changed"
		if !known {
			verb = "created"
		}
		d.customers[id] = next
		d.effects = append(d.effects, connectortest.Effect{Reference: id, What: "customer " + verb, Caller: connectortest.Caller(r), At: now})
	}
	answer(w, http.StatusOK, map[string]any{
		"id": "cust_" + id, "source_id": id, "object": "customer", "name": in["name"], "email": in["email"],
		"created_at": now.Format(time.RFC3339Nano), "metadata": map[string]any{},
	})
}

// forget erases a customer permanently, with the orders that award points.
func (d *Double) forget(w http.ResponseWriter, r *http.Request, id string) {
	if _, known := d.customers[id]; !known {
		refuse(w, http.StatusNotFound, "not_found", "Resource not found")
		return
	}
	delete(d.customers, id)
	for _, o := range d.orders {
		if o.Customer == id {
			o.Customer = ""
		}
	}
	now := time.Now().UTC()
	d.effects = append(d.effects, connectortest.Effect{Reference: id, What: "customer erased", Caller: connectortest.Caller(r), At: now})
	answer(w, http.StatusOK, map[string]any{
		"id": fmt.Sprintf("pdj_%s", id), "created_at": now.Format(time.RFC3339Nano), "related_object_id": "cust_" + id,
		"related_object": "customer", "status": "DONE",
	})
}
