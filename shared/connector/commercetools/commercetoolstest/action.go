package commercetoolstest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// updating is an order to which actions are being applied.
type updating struct {
	order object
	now   time.Time
	// changes counts the actions that changed something.
	changes int64
	// delivered are the keys of the deliveries that were added.
	delivered []string
	// made counts the ids that were assigned.
	made int
}

// problem is why an action is refused.
type problem struct{ code, message string }

func invalidInput(format string, args ...any) *problem {
	return &problem{"InvalidInput", fmt.Sprintf(format, args...)}
}

func invalidOperation(format string, args ...any) *problem {
	return &problem{"InvalidOperation", fmt.Sprintf(format, args...)}
}

func (u *updating) apply(action object) *problem {
	switch action["action"] {
	case "addDelivery":
		return u.addDelivery(action)
	case "addParcelToDelivery":
		return u.addParcel(action)
	case "setParcelTrackingData":
		return u.setTracking(action)
	case "changeShipmentState":
		return u.changeState(action, "shipmentState", shipmentStates)
	case "changeOrderState":
		return u.changeState(action, "orderState", orderStates)
	case "updateSyncInfo":
		return u.updateSyncInfo(action)
	}
	return invalidInput("Invalid action %v", action["action"])
}

// The values of ShipmentState and OrderState; their spellings of cancelled differ.
const (
	shipmentStates = "Shipped Delivered Ready Pending Delayed Partial Backorder Canceled"
	orderStates    = "Open Confirmed Complete Cancelled"
)

func (u *updating) changeState(action object, field, allowed string) *problem {
	state, _ := action[field].(string)
	if !slices.Contains(strings.Fields(allowed), state) {
		return invalidInput("Malformed parameter: %s", field)
	}
	if u.order[field] != state {
		u.order[field] = state
		u.changes++
	}
	return nil
}

// shippingInfos returns the objects that hold deliveries: shippingInfo, or in an
// order with ShippingMode Multiple the shippingInfo of each shipping.
func (u *updating) shippingInfos() []object {
	var infos []object
	if info, ok := u.order["shippingInfo"].(object); ok {
		infos = append(infos, info)
	}
	for _, s := range objects(u.order["shipping"]) {
		if info, ok := s["shippingInfo"].(object); ok {
			infos = append(infos, info)
		}
	}
	return infos
}

// shippingInfo returns the object to which a new delivery belongs.
func (u *updating) shippingInfo(action object) (object, *problem) {
	if u.order["shippingMode"] != "Multiple" {
		if info, ok := u.order["shippingInfo"].(object); ok {
			return info, nil
		}
		return nil, invalidOperation("The order has no shippingInfo.")
	}
	key, _ := action["shippingKey"].(string)
	for _, s := range objects(u.order["shipping"]) {
		if info, ok := s["shippingInfo"].(object); ok && key != "" && s["shippingKey"] == key {
			return info, nil
		}
	}
	return nil, invalidOperation("A shippingKey of the order is required in Multiple shipping mode.")
}

func (u *updating) addDelivery(action object) *problem {
	info, p := u.shippingInfo(action)
	if p != nil {
		return p
	}
	key, p := keyOf(action, "deliveryKey")
	if p != nil {
		return p
	}
	items, p := u.items(action)
	if p != nil {
		return p
	}
	delivery := object{"id": u.id("delivery"), "createdAt": u.now.Format(timestamp), "items": items, "parcels": []any{}}
	if key != "" {
		delivery["key"] = key
	}
	for _, draft := range objects(action["parcels"]) {
		parcel, p := u.parcel(draft, "key")
		if p != nil {
			return p
		}
		delivery["parcels"] = append(delivery["parcels"].([]any), parcel)
	}
	deliveries, _ := info["deliveries"].([]any)
	info["deliveries"] = append(deliveries, delivery)
	u.changes++
	u.delivered = append(u.delivered, key)
	return nil
}

func (u *updating) addParcel(action object) *problem {
	for _, delivery := range u.deliveries() {
		if !names(action, "delivery", delivery) {
			continue
		}
		parcel, p := u.parcel(action, "parcelKey")
		if p != nil {
			return p
		}
		parcels, _ := delivery["parcels"].([]any)
		delivery["parcels"] = append(parcels, parcel)
		u.changes++
		return nil
	}
	return invalidOperation("The delivery was not found.")
}

func (u *updating) setTracking(action object) *problem {
	for _, delivery := range u.deliveries() {
		for _, parcel := range objects(delivery["parcels"]) {
			if !names(action, "parcel", parcel) {
				continue
			}
			if !reflect.DeepEqual(parcel["trackingData"], action["trackingData"]) {
				parcel["trackingData"] = action["trackingData"]
				u.changes++
			}
			return nil
		}
	}
	return invalidOperation("The parcel was not found.")
}

func (u *updating) updateSyncInfo(action object) *problem {
	channel, ok := action["channel"].(object)
	if !ok {
		return invalidInput("Missing required value: channel")
	}
	entry := object{"channel": channel, "syncedAt": u.now.Format(timestamp)}
	for _, field := range []string{"externalId", "syncedAt"} {
		if v, ok := action[field]; ok {
			entry[field] = v
		}
	}
	infos, _ := u.order["syncInfo"].([]any)
	infos = slices.DeleteFunc(infos, func(v any) bool {
		known, _ := v.(object)
		return reflect.DeepEqual(known["channel"], channel)
	})
	u.order["syncInfo"] = append(infos, entry)
	u.changes++
	return nil
}

func (u *updating) parcel(draft object, keyField string) (object, *problem) {
	key, p := keyOf(draft, keyField)
	if p != nil {
		return nil, p
	}
	parcel := object{"id": u.id("parcel"), "createdAt": u.now.Format(timestamp)}
	if key != "" {
		parcel["key"] = key
	}
	for _, field := range []string{"measurements", "trackingData"} {
		if v, ok := draft[field].(object); ok {
			parcel[field] = v
		}
	}
	if _, ok := draft["items"]; ok {
		if parcel["items"], p = u.items(draft); p != nil {
			return nil, p
		}
	}
	return parcel, nil
}

func (u *updating) items(action object) ([]any, *problem) {
	given, _ := action["items"].([]any)
	items := []any{}
	for _, v := range given {
		item, _ := v.(object)
		id, _ := item["id"].(string)
		quantity, _ := item["quantity"].(float64)
		switch {
		case id == "" || quantity != float64(int64(quantity)):
			return nil, invalidInput("Malformed parameter: items")
		case !u.hasItem(id):
			return nil, invalidOperation("The order has no such line item.")
		}
		items = append(items, object{"id": id, "quantity": quantity})
	}
	return items, nil
}

func (u *updating) hasItem(id string) bool {
	for _, field := range []string{"lineItems", "customLineItems"} {
		for _, item := range objects(u.order[field]) {
			if item["id"] == id {
				return true
			}
		}
	}
	return false
}

func (u *updating) deliveries() []object {
	var all []object
	for _, info := range u.shippingInfos() {
		all = append(all, objects(info["deliveries"])...)
	}
	return all
}

// id derives the id of a new object from its path, so that two runs assign the same.
func (u *updating) id(kind string) string {
	u.made++
	return uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "%s %v %d %d", kind, u.order["id"], version(u.order), u.made)).String()
}

// names reports whether an action refers to the given delivery or parcel, by id or key.
func names(action object, kind string, thing object) bool {
	id, _ := action[kind+"Id"].(string)
	key, _ := action[kind+"Key"].(string)
	return id != "" && thing["id"] == id || id == "" && key != "" && thing["key"] == key
}

// keyOf returns a user-defined key, "" if there is none.
func keyOf(action object, field string) (string, *problem) {
	v, ok := action[field]
	if !ok {
		return "", nil
	}
	key, _ := v.(string)
	if len(key) < 2 || len(key) > 256 || strings.ContainsFunc(key, notInKey) {
		return "", invalidInput("Malformed parameter: %s", field)
	}
	return key, nil
}

func notInKey(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return !letter && (r < '0' || r > '9') && r != '_' && r != '-'
}

// objects returns the objects of an array; they are the array's own.
func objects(v any) []object {
	list, _ := v.([]any)
	var found []object
	for _, element := range list {
		if o, ok := element.(object); ok {
			found = append(found, o)
		}
	}
	return found
}
