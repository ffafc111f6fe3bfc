package commercetoolstest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/connector/connectortest"
)

// ReturnType and ReturnField are the custom type that inventory entries can have
// and its field, as the catalog's defaults name them.
const (
	ReturnType  = "signalbox-inventory"
	ReturnField = "signalboxReturns"
)

// returned holds the fields of a message about returns.
type returned struct {
	ReturnInfo jsontext.Value `json:"returnInfo"`
	ItemID     string         `json:"returnItemId"`
	State      string         `json:"returnShipmentState"`
	// ResourceVersion is the order's version after the reported change.
	ResourceVersion float64 `json:"resourceVersion"`
}

func (r returned) hasReturns() bool { return len(r.ReturnInfo) > 0 || r.ItemID != "" }

// takeBack adds the returns of a message to an order. An unknown item of which the
// message has only the state becomes one piece of the order's first line.
func (d *Double) takeBack(id string, number any, r returned) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, known := d.known(id, number)
	if !known {
		// A guest's order, so that it does not belong to another customer too.
		delete(o, "customerId")
	}
	infos, _ := o["returnInfo"].([]any)
	var one object
	var all []any
	switch {
	case r.ItemID != "":
		infos = setState(o, infos, r)
	case r.ReturnInfo.Kind() == '[' && json.Unmarshal(r.ReturnInfo, &all) == nil:
		infos = all
	case json.Unmarshal(r.ReturnInfo, &one) == nil:
		infos = append(infos, one)
	}
	o["returnInfo"] = infos
	o["version"] = max(r.ResourceVersion, float64(version(o)))
	d.orders[id] = o
}

func setState(o object, infos []any, r returned) []any {
	payment := "Initial"
	if r.State == "Advised" {
		payment = "NonRefundable"
	}
	for _, info := range objects(infos) {
		for _, item := range objects(info["items"]) {
			if item["id"] == r.ItemID {
				item["shipmentState"], item["paymentState"] = r.State, payment
				return infos
			}
		}
	}
	lines := objects(o["lineItems"])
	if len(lines) == 0 {
		return infos
	}
	return append(infos, object{"items": []any{object{
		"type": "LineItemReturnItem", "id": r.ItemID, "quantity": 1, "lineItemId": lines[0]["id"], "shipmentState": r.State,
		"paymentState": payment, "createdAt": o["createdAt"], "lastModifiedAt": o["createdAt"],
	}}})
}

// routeTo returns the id of the resource that an update's path names.
func (d *Double) routeTo(r *http.Request, kind string) string {
	id, ok := strings.CutPrefix(r.URL.Path, "/"+Project+"/"+kind+"/")
	if !ok || r.Method != http.MethodPost || strings.Contains(id, "/") {
		return ""
	}
	return id
}

// updateEntry changes an inventory entry.
func (d *Double) updateEntry(w http.ResponseWriter, r *http.Request, id string) {
	current, ok := d.entries[id]
	if !ok {
		refuse(w, http.StatusNotFound, "ResourceNotFound", "The Resource was not found.", nil)
		return
	}
	actions, ok := readUpdate(w, r, id, version(current))
	if !ok {
		return
	}
	next := clone(current)
	for _, action := range actions {
		if p := applyToEntry(next, action); p != nil {
			refuse(w, http.StatusBadRequest, p.code, p.message, nil)
			return
		}
	}
	now := time.Now().UTC()
	next["version"] = float64(version(current) + int64(len(actions)))
	next["lastModifiedAt"] = now.Format(timestamp)
	d.entries[id] = next
	for _, mark := range marks(next) {
		if !slices.Contains(marks(current), mark) {
			d.effects = append(d.effects, connectortest.Effect{Reference: mark, What: "stock changed", Caller: connectortest.Caller(r), At: now})
		}
	}
	answer(w, http.StatusOK, next)
}

func marks(entry object) []string {
	custom, _ := entry["custom"].(object)
	fields, _ := custom["fields"].(object)
	text, _ := fields[ReturnField].(string)
	return strings.Fields(text)
}

func applyToEntry(entry, action object) *problem {
	switch action["action"] {
	case "changeQuantity":
		quantity, ok := action["quantity"].(float64)
		if !ok || quantity != float64(int64(quantity)) {
			return invalidInput("Malformed parameter: quantity")
		}
		onStock, _ := entry["quantityOnStock"].(float64)
		available, _ := entry["availableQuantity"].(float64)
		entry["quantityOnStock"], entry["availableQuantity"] = quantity, available+quantity-onStock
	case "setCustomType":
		kind, _ := action["type"].(object)
		if kind["typeId"] != "type" || kind["key"] != ReturnType {
			return &problem{"ReferencedResourceNotFound", "The referenced object of type 'type' was not found."}
		}
		fields, _ := action["fields"].(object)
		for name, value := range fields {
			if p := checkField(name, value); p != nil {
				return p
			}
		}
		entry["custom"] = object{"type": object{"typeId": "type", "id": "5d8e1f60-7a2b-4c93-b4d5-6e7f8091a2b3"}, "fields": fields}
	case "setCustomField":
		custom, _ := entry["custom"].(object)
		if custom == nil {
			return invalidOperation("The resource has no custom type.")
		}
		name, _ := action["name"].(string)
		if p := checkField(name, action["value"]); p != nil {
			return p
		}
		custom["fields"].(object)[name] = action["value"]
	default:
		return invalidInput("Invalid action %v", action["action"])
	}
	return nil
}

func checkField(name string, value any) *problem {
	if _, ok := value.(string); name != ReturnField || !ok {
		return &problem{"InvalidField", "The field is not defined by the type, or its value is of another type."}
	}
	return nil
}

// Entry returns the current state of an inventory entry.
func (d *Double) Entry(id string) ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, ok := d.entries[id]
	return encode(e), ok
}
