package commercetoolstest

import (
	_ "embed"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"signalbox/shared/connector/connectortest"
)

// maxActive is how many active discounts without a code a project may have.
const maxActive = 100

// sampleDiscount is the discount that every double has: an active one on the SKU
// LANTERN-LED, which low demand started.
//
//go:embed discount.json
var sampleDiscount []byte

func (d *Double) putDiscount(encoded []byte) error {
	var is object
	if err := json.Unmarshal(encoded, &is); err != nil {
		return fmt.Errorf("decode discount: %w", err)
	}
	key, _ := is["key"].(string)
	d.discounts[key] = is
	return nil
}

// Discount returns the current state of a cart discount by its key.
func (d *Double) Discount(key string) ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	is, ok := d.discounts[key]
	return encode(is), ok
}

// cartDiscounts answers POST /cart-discounts, GET /cart-discounts/key=<key> and
// POST /cart-discounts/<id>. Creating one as active and setting one active or
// inactive are effects; their reference is the discount's SKU.
func (d *Double) cartDiscounts(w http.ResponseWriter, r *http.Request, rest string) {
	key, byKey := strings.CutPrefix(rest, "/key=")
	switch {
	case rest == "" && r.Method == http.MethodPost && d.authorized(w, r, "manage_cart_discounts"):
		d.createDiscount(w, r)
	case byKey && r.Method == http.MethodGet && d.authorized(w, r, "manage_cart_discounts"):
		if is, ok := d.discounts[key]; ok {
			answer(w, http.StatusOK, is)
			return
		}
		refuse(w, http.StatusNotFound, "ResourceNotFound", "The Resource was not found.", nil)
	case rest != "" && !byKey && r.Method == http.MethodPost && d.authorized(w, r, "manage_cart_discounts"):
		d.updateDiscount(w, r, strings.TrimPrefix(rest, "/"))
	case r.Method != http.MethodPost && r.Method != http.MethodGet:
		refuse(w, http.StatusMethodNotAllowed, "InvalidInput", "Method not allowed.", nil)
	}
}

func (d *Double) createDiscount(w http.ResponseWriter, r *http.Request) {
	var draft object
	if json.UnmarshalRead(r.Body, &draft) != nil {
		refuse(w, http.StatusBadRequest, "InvalidJsonInput", "Request body does not contain valid JSON.", nil)
		return
	}
	key, p := keyOf(draft, "key")
	if p == nil {
		p = checkDiscount(draft)
	}
	if p != nil {
		refuse(w, http.StatusBadRequest, p.code, p.message, nil)
		return
	}
	for _, other := range d.discounts {
		for _, field := range []string{"key", "sortOrder"} {
			if other[field] == draft[field] {
				refuse(w, http.StatusBadRequest, "DuplicateField", fmt.Sprintf("A duplicate value '%v' exists for field '%s'.", draft[field], field), object{"field": field, "duplicateValue": draft[field]})
				return
			}
		}
	}
	now := time.Now().UTC().Format(timestamp)
	is := object{
		"id": uuid.NewSHA1(uuid.NameSpaceOID, []byte("discount "+key)).String(), "version": float64(1), "createdAt": now, "lastModifiedAt": now,
		"isActive": true, "requiresDiscountCode": false, "stackingMode": "Stacking", "references": []any{}, "stores": []any{},
		"recurringOrderScope": object{"type": "NonRecurringOrdersOnly"},
	}
	maps.Copy(is, draft)
	if is["isActive"] == true && d.activeDiscounts() >= maxActive {
		refuse(w, http.StatusBadRequest, "MaxCartDiscountsReached", "Maximum number of active cart discounts reached (100).", nil)
		return
	}
	d.discounts[key] = is
	if is["isActive"] == true {
		d.promoted(connectortest.Caller(r), is, "started")
	}
	answer(w, http.StatusCreated, is)
}

func (d *Double) activeDiscounts() int {
	n := 0
	for _, is := range d.discounts {
		if is["isActive"] == true && is["requiresDiscountCode"] != true {
			n++
		}
	}
	return n
}

// promoted counts the effect.
func (d *Double) promoted(caller string, is object, what string) {
	target, _ := is["target"].(object)
	predicate, _ := target["predicate"].(string)
	sku, _, _ := quoted(strings.TrimPrefix(predicate, "sku = "))
	d.effects = append(d.effects, connectortest.Effect{Reference: sku, What: fmt.Sprintf("discount %s (%s)", what, percent(is)), Caller: caller, At: time.Now()})
}

func percent(is object) string {
	value, _ := is["value"].(object)
	permyriad, _ := value["permyriad"].(float64)
	return strconv.FormatFloat(permyriad/100, 'f', -1, 64) + " %"
}

// checkDiscount refuses the drafts of a discount on line items that commercetools
// refuses.
func checkDiscount(is object) *problem {
	name, _ := is["name"].(object)
	value, _ := is["value"].(object)
	target, _ := is["target"].(object)
	permyriad, whole := value["permyriad"].(float64)
	predicate, _ := target["predicate"].(string)
	order, _ := is["sortOrder"].(string)
	position, err := strconv.ParseFloat(order, 64)
	switch {
	case len(name) == 0:
		return invalidInput("Missing required value: name")
	case is["cartPredicate"] == nil || is["cartPredicate"] == "":
		return invalidInput("Missing required value: cartPredicate")
	case value["type"] != "relative" || !whole || permyriad < 1 || permyriad > 10000:
		return invalidInput("Malformed parameter: value")
	case target["type"] != "lineItems" || !strings.HasPrefix(predicate, "sku = ") || strings.HasSuffix(predicate, "()"):
		return invalidInput("Malformed parameter: target: predicate")
	case err != nil || position <= 0 || position >= 1 || strings.HasSuffix(order, "0"):
		return invalidInput("Malformed parameter: sortOrder")
	}
	return nil
}

func (d *Double) updateDiscount(w http.ResponseWriter, r *http.Request, id string) {
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(d.discounts)), func(key string) bool { return d.discounts[key]["id"] != id })
	if len(keys) == 0 {
		refuse(w, http.StatusNotFound, "ResourceNotFound", "The Resource was not found.", nil)
		return
	}
	var request struct {
		Version *int64   `json:"version"`
		Actions []object `json:"actions"`
	}
	if json.UnmarshalRead(r.Body, &request) != nil || request.Version == nil || request.Actions == nil {
		refuse(w, http.StatusBadRequest, "InvalidInput", "Missing required value: version or actions.", nil)
		return
	}
	is := d.discounts[keys[0]]
	if actual := version(is); *request.Version != actual {
		refuse(w, http.StatusConflict, "ConcurrentModification", fmt.Sprintf("Object %s has a different version than expected. Expected: %d - Actual: %d.", id, *request.Version, actual), object{"currentVersion": actual})
		return
	}
	next := clone(is)
	for _, action := range request.Actions {
		field, ok := map[any]string{"changeIsActive": "isActive", "changeValue": "value", "changeTarget": "target", "setDescription": "description"}[action["action"]]
		if !ok || action[field] == nil {
			refuse(w, http.StatusBadRequest, "InvalidInput", "Malformed parameter: actions", nil)
			return
		}
		next[field] = action[field]
	}
	if p := checkDiscount(next); p != nil {
		refuse(w, http.StatusBadRequest, p.code, p.message, nil)
		return
	}
	if started := next["isActive"] == true; started != (is["isActive"] == true) {
		switch {
		case !started:
			d.promoted(connectortest.Caller(r), next, "ended")
		case d.activeDiscounts() >= maxActive:
			refuse(w, http.StatusBadRequest, "MaxCartDiscountsReached", "Maximum number of active cart discounts reached (100).", nil)
			return
		default:
			d.promoted(connectortest.Caller(r), next, "started")
		}
	}
	next["version"] = float64(version(is) + 1)
	next["lastModifiedAt"] = time.Now().UTC().Format(timestamp)
	d.discounts[keys[0]] = next
	answer(w, http.StatusOK, next)
}
