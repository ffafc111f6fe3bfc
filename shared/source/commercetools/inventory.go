package commercetools

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// stock holds the fields of a notification about an inventory entry.
type stock struct {
	SKU                  string         `json:"sku"`
	SupplyChannel        reference      `json:"supplyChannel"`
	NewQuantityOnStock   *int64         `json:"newQuantityOnStock"`
	NewAvailableQuantity *int64         `json:"newAvailableQuantity"`
	InventoryEntry       jsontext.Value `json:"inventoryEntry"`
	Identifiers          struct {
		SKU            string `json:"sku"`
		CustomerNumber string `json:"customerNumber"`
	} `json:"resourceUserProvidedIdentifiers"`
}

// inventoryEntry holds the fields that are read of an InventoryEntry
// (types/inventory/InventoryEntry.raml).
type inventoryEntry struct {
	ID                string    `json:"id"`
	Version           int64     `json:"version"`
	SKU               string    `json:"sku"`
	SupplyChannel     reference `json:"supplyChannel"`
	QuantityOnStock   *int64    `json:"quantityOnStock"`
	AvailableQuantity *int64    `json:"availableQuantity"`
}

func (s Source) inventoryChanged(ctx context.Context, n notification) ([]event.Raw, error) {
	if err := s.ours(n); err != nil {
		return nil, err
	}
	version, field := n.ResourceVersion, "notification.resourceVersion"
	if n.NotificationType != "Message" {
		version, field = 0, "notification.version"
		if n.Version.Kind() == '0' && json.Unmarshal(n.Version, &version) != nil {
			version = 0
		}
	}
	switch {
	case n.Resource.TypeID != "inventory-entry":
		return nil, fault.Field("notification.resource.typeId", `"inventory-entry"`)
	case n.Resource.ID == "":
		return nil, fault.Field("notification.resource.id", "a non-empty string")
	case version < 1:
		return nil, fault.Field(field, "a whole number above 0")
	}
	changed, refetched, err := s.level(ctx, n, version)
	if err != nil {
		return nil, err
	}
	id := "inventory-entry/" + changed.Level.EntryID + "/" + strconv.FormatInt(changed.Level.Version, 10)
	if changed.Deleted {
		id += "/deleted"
	}
	raw, err := event.New(event.Origin{
		Source:    "/commercetools/" + n.ProjectKey,
		ID:        id,
		Time:      firstTime(n.CreatedAt, n.ModifiedAt),
		Refetched: refetched,
	}, changed)
	if err != nil {
		return nil, err
	}
	return []event.Raw{raw}, nil
}

// level returns the level after the change: from the message if it holds both
// quantities, and else from commercetools.
func (s Source) level(ctx context.Context, n notification, version int64) (retail.InventoryChanged, bool, error) {
	level := retail.Level{
		EntryID: n.Resource.ID, SKU: cmp.Or(n.SKU, n.Identifiers.SKU), Channel: n.SupplyChannel.ID, Version: version,
	}
	kind := ""
	if n.NotificationType == "Message" {
		kind = n.messageType()
	}
	switch {
	case kind == "InventoryEntryDeleted" || n.NotificationType == "ResourceDeleted":
		if level.SKU == "" {
			return retail.InventoryChanged{}, false, &Ignored{"inventory-entry-without-sku"}
		}
		return retail.InventoryChanged{Level: level, Deleted: true}, false, nil
	case n.PayloadNotIncluded != nil:
	case kind == "InventoryEntryCreated":
		e, err := readEntry(n.InventoryEntry, "inventoryEntry", n.Resource.ID)
		return retail.InventoryChanged{Level: e.level()}, false, err
	case kind == "InventoryEntryQuantitySet" && level.SKU != "":
		if n.NewQuantityOnStock == nil {
			return retail.InventoryChanged{}, false, fault.Field("notification.newQuantityOnStock", "a whole number")
		}
		if n.NewAvailableQuantity == nil {
			return retail.InventoryChanged{}, false, fault.Field("notification.newAvailableQuantity", "a whole number")
		}
		level.QuantityOnStock, level.AvailableQuantity = *n.NewQuantityOnStock, *n.NewAvailableQuantity
		return retail.InventoryChanged{Level: level}, false, nil
	}
	level, err := s.fetchLevel(ctx, n.Resource.ID, version)
	return retail.InventoryChanged{Level: level}, true, err
}

// fetchLevel reads the entry, which may be newer than the reported version.
func (s Source) fetchLevel(ctx context.Context, id string, version int64) (retail.Level, error) {
	body, err := s.Shop.Inventory(ctx, id)
	if err != nil {
		return retail.Level{}, err
	}
	if body == nil {
		// It was deleted meanwhile, which another notification reports.
		return retail.Level{}, &Ignored{"inventory-entry-gone"}
	}
	e, err := readEntry(body, "inventoryEntry", id)
	if err != nil {
		return retail.Level{}, err
	}
	if e.Version < version {
		return retail.Level{}, fault.Retry("commercetools-behind", 2*time.Second, errors.New("inventory entry: expected at least the reported version"))
	}
	return e.level(), nil
}

func readEntry(data []byte, name, id string) (inventoryEntry, error) {
	var e inventoryEntry
	if len(data) == 0 || data[0] != '{' {
		return e, fault.Field(name, "an object")
	}
	if err := strictjson.Unmarshal(name, data, &e); err != nil {
		return e, err
	}
	switch {
	case e.ID != id:
		return e, fault.Field(name+".id", "the id of the notification's resource")
	case e.Version < 1:
		return e, fault.Field(name+".version", "a whole number above 0")
	case strings.TrimSpace(e.SKU) == "":
		return e, fault.Field(name+".sku", "a non-empty string")
	case e.QuantityOnStock == nil:
		return e, fault.Field(name+".quantityOnStock", "a whole number")
	case e.AvailableQuantity == nil:
		return e, fault.Field(name+".availableQuantity", "a whole number")
	}
	return e, nil
}

func (e inventoryEntry) level() retail.Level {
	if e.QuantityOnStock == nil || e.AvailableQuantity == nil {
		return retail.Level{}
	}
	return retail.Level{
		EntryID: e.ID, SKU: e.SKU, Channel: e.SupplyChannel.ID, Version: e.Version,
		QuantityOnStock: *e.QuantityOnStock, AvailableQuantity: *e.AvailableQuantity,
	}
}
