package commercetools

import (
	"errors"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// knowing returns a source whose shop answers with the entry.
func knowing(t *testing.T, entry object) Source {
	s := source(t)
	s.Shop = fetchEntry(func(string) ([]byte, error) {
		if entry == nil {
			return nil, nil
		}
		return encode(t, entry), nil
	})
	return s
}

const moss = "506b7c8d-9eaf-40b1-8c2d-3e4f5a6b7c8d"

// entryNow is the sample's entry as commercetools has it.
func entryNow(version float64, onStock, available int) object {
	return object{
		"id": moss, "version": version, "sku": "TENT-2P-MOSS", "quantityOnStock": onStock, "availableQuantity": available,
		"supplyChannel": object{"typeId": "channel", "id": "c-1"},
	}
}

func changed(t *testing.T, s Source, body []byte) (event.Raw, retail.InventoryChanged) {
	t.Helper()
	events, err := s.Open(t.Context(), body)
	if err != nil || len(events) != 1 {
		t.Fatalf("Open = %d events, %v; want one", len(events), err)
	}
	e, err := event.As[retail.InventoryChanged](events[0])
	if err != nil {
		t.Fatal(err)
	}
	return events[0], e.Data
}

func TestSamplesOfInventoryBecomeInventoryChanged(t *testing.T) {
	const channel = "3f1b7c52-0d4e-4b8a-9c61-7a2e5d80b3f4"
	stove := retail.Level{EntryID: "2c7e9a41-6b3d-4f08-a5c2-90d1e8b7f643", SKU: "STOVE-GAS-MINI", Channel: channel, Version: 17, QuantityOnStock: 9, AvailableQuantity: 7}
	gone := stove
	gone.EntryID = "9d4b17c2-6b3d-4f08-a5c2-90d1e8b7f643"
	gone.Version, gone.QuantityOnStock, gone.AvailableQuantity = 18, 0, 0
	read := retail.Level{EntryID: moss, SKU: "TENT-2P-MOSS", Channel: "c-1", Version: 13, QuantityOnStock: 3, AvailableQuantity: 1}
	kettle := func(version, n int64) retail.InventoryChanged {
		return retail.InventoryChanged{Level: retail.Level{
			EntryID: "5c08e3d7-91ab-4f26-8b7d-0e4a6f2c9d18", SKU: "KETTLE-1L", Channel: channel, Version: version, QuantityOnStock: n, AvailableQuantity: n,
		}}
	}
	for name, want := range map[string]retail.InventoryChanged{
		"inventory-entry-created.kettle.json":            kettle(1, 120),
		"inventory-quantity-set.kettle-1-sold-out.json":  kettle(2, 0),
		"inventory-quantity-set.kettle-2-restocked.json": kettle(3, 240),
		"inventory-quantity-set.kettle-3-slow.json":      kettle(4, 238),
		"inventory-quantity-set.json":                    {Level: stove},
		"inventory-quantity-set.webhook-supplier.json": {Level: retail.Level{
			EntryID: "8d5f1b36-c290-4e7a-b4d8-65f0a3c91e72", SKU: "LANTERN-LED", Version: 6, QuantityOnStock: -2, AvailableQuantity: -4,
		}},
		"inventory-entry-created.json": {Level: retail.Level{
			EntryID: "93b6e0f4-7d1a-4c58-8e2f-a4c5d6b70913", SKU: "PATCH-001", Version: 1, QuantityOnStock: 250, AvailableQuantity: 250,
		}},
		"inventory-entry-deleted.json":    {Level: gone, Deleted: true},
		"inventory-out-of-stock.json":     {Level: read},
		"resource-updated.inventory.json": {Level: read},
	} {
		t.Run(name, func(t *testing.T) {
			raw, got := changed(t, knowing(t, entryNow(13, 3, 1)), sample(t, name))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if raw.Sequence != want.Level.Version || raw.Subject != want.Level.EntryID {
				t.Errorf("sequence %d of subject %s", raw.Sequence, raw.Subject)
			}
			if raw.Refetched != (want.Level == read) {
				t.Errorf("refetched: %t", raw.Refetched)
			}
		})
	}
}

// The samples of inventory.changed are what the samples of commercetools become.
func TestSamplesOfInventoryAreThoseBehindTheBus(t *testing.T) {
	for name, golden := range map[string]string{
		"inventory-quantity-set.json":                  "inventory.changed.json",
		"inventory-quantity-set.webhook-supplier.json": "inventory.changed.oversold.json",
		"inventory-entry-deleted.json":                 "inventory.changed.deleted.json",
	} {
		raw, _ := changed(t, source(t), sample(t, name))
		got, err := event.Encode(raw)
		if err != nil {
			t.Fatal(err)
		}
		compareGolden(t, "../../../events-samples/signalbox/"+golden, got)
	}
}

// One version of an entry is one event, whichever notification reports it.
func TestVersionOfAnEntryIsOneEvent(t *testing.T) {
	out := decode(t, sample(t, "inventory-out-of-stock.json"))
	set := with(with(out, "type", "InventoryEntryQuantitySet"), "id", "another")
	maps.Copy(set, object{"newQuantityOnStock": 3, "newAvailableQuantity": 1})
	now := entryNow(12, 3, 1)
	later := entryNow(13, 2, 0)
	ids := map[string]string{}
	for name, c := range map[string]struct {
		body  []byte
		entry object
	}{
		"the message with quantities":    {encode(t, set), now},
		"the message without":            {encode(t, out), now},
		"the change":                     {sample(t, "resource-updated.inventory.json"), now},
		"the change, read a version on":  {sample(t, "resource-updated.inventory.json"), later},
		"the message, read a version on": {encode(t, out), later},
	} {
		raw, _ := changed(t, knowing(t, c.entry), c.body)
		ids[name] = raw.ID
	}
	if a := ids["the message with quantities"]; a != ids["the message without"] || a != ids["the change"] || a == ids["the change, read a version on"] {
		t.Errorf("ids %v", ids)
	}
	if ids["the change, read a version on"] != ids["the message, read a version on"] {
		t.Errorf("ids %v", ids)
	}
	deleted, _ := changed(t, source(t), encode(t, with(out, "type", "InventoryEntryDeleted")))
	if deleted.ID == ids["the change"] {
		t.Error("the deletion passes for the change of the same version")
	}
}

func TestInventoryThatCannotBeTold(t *testing.T) {
	set := decode(t, sample(t, "inventory-quantity-set.json"))
	update := decode(t, sample(t, "resource-updated.inventory.json"))
	created := decode(t, sample(t, "inventory-entry-created.json"))
	entry := created["inventoryEntry"].(object)
	for name, c := range map[string]struct {
		body  object
		entry object
		want  string
	}{
		"of another project":                  {with(set, "projectKey", "other"), nil, "commercetools-foreign-project: message: expected the project of this stage"},
		"of no project":                       {with(set, "projectKey", nil), nil, "invalid-event: notification.projectKey: expected a non-empty string"},
		"of another type of resource":         {with(set, "resource", object{"typeId": "order", "id": "x"}), nil, `invalid-event: notification.resource.typeId: expected "inventory-entry"`},
		"of no entry":                         {with(set, "resource", object{"typeId": "inventory-entry"}), nil, "invalid-event: notification.resource.id: expected a non-empty string"},
		"a message without a version":         {with(set, "resourceVersion", nil), nil, "invalid-event: notification.resourceVersion: expected a whole number above 0"},
		"a change without a version":          {with(update, "version", nil), nil, "invalid-event: notification.version: expected a whole number above 0"},
		"a message without stock":             {with(set, "newQuantityOnStock", nil), nil, "invalid-event: notification.newQuantityOnStock: expected a whole number"},
		"a message without what is available": {with(set, "newAvailableQuantity", nil), nil, "invalid-event: notification.newAvailableQuantity: expected a whole number"},
		"a creation without its entry":        {with(created, "inventoryEntry", nil), nil, "invalid-event: inventoryEntry: expected an object"},
		"a creation of another entry":         {with(created, "inventoryEntry", with(entry, "id", "x")), nil, "invalid-event: inventoryEntry.id: expected the id of the notification's resource"},
		"an entry without a SKU":              {with(created, "inventoryEntry", with(entry, "sku", nil)), nil, "invalid-event: inventoryEntry.sku: expected a non-empty string"},
		"an entry without stock":              {with(created, "inventoryEntry", with(entry, "quantityOnStock", nil)), nil, "invalid-event: inventoryEntry.quantityOnStock: expected a whole number"},
		"an entry without what is available":  {with(created, "inventoryEntry", with(entry, "availableQuantity", nil)), nil, "invalid-event: inventoryEntry.availableQuantity: expected a whole number"},
		"an entry that was deleted since":     {update, nil, "ignored: inventory-entry-gone"},
		"an entry older than the reported":    {update, entryNow(11, 3, 1), "commercetools-behind: inventory entry: expected at least the reported version"},
		"another entry than was asked for":    {update, with(entryNow(12, 3, 1), "id", "x"), "invalid-event: inventoryEntry.id: expected the id of the notification's resource"},
	} {
		t.Run(name, func(t *testing.T) {
			events, err := knowing(t, c.entry).Open(t.Context(), encode(t, c.body))
			if err == nil || err.Error() != c.want || len(events) != 0 {
				t.Errorf("Open = %d events, %v; want %s", len(events), err, c.want)
			}
		})
	}
}

func TestDeletionOfWhoKnowsWhatIsIgnored(t *testing.T) {
	_, err := source(t).Open(t.Context(), sample(t, "resource-deleted.inventory.json"))
	var ignored *Ignored
	if !errors.As(err, &ignored) || ignored.Reason != "inventory-entry-without-sku" {
		t.Errorf("Open: %v", err)
	}
}

func TestFailureToReadTheEntryIsPassedOnAsItIs(t *testing.T) {
	want := fault.Retry("commercetools-OverCapacity", 0, errors.New("status 503"))
	s := source(t)
	s.Shop = fetchEntry(func(string) ([]byte, error) { return nil, want })
	if _, err := s.Open(t.Context(), sample(t, "resource-updated.inventory.json")); err != want {
		t.Errorf("Open: %v; want %v", err, want)
	}
}

// FuzzEntry holds that whatever is read of an entry, an event is valid or refused.
func FuzzEntry(f *testing.F) {
	f.Add([]byte(`{"id":"` + moss + `","version":12,"sku":"A","quantityOnStock":-1,"availableQuantity":0}`))
	f.Add([]byte(`{"id":"` + moss + `","version":-1}`))
	body := sample(f, "resource-updated.inventory.json")
	f.Fuzz(func(t *testing.T, entry []byte) {
		s := source(t)
		s.Shop = fetchEntry(func(string) ([]byte, error) { return entry, nil })
		events, err := s.Open(t.Context(), body)
		if err != nil {
			return
		}
		e, err := event.As[retail.InventoryChanged](events[0])
		if err != nil || e.Data.Level.EntryID != moss || e.Data.Level.Version < 12 {
			t.Errorf("%s became %+v, %v", entry, e.Data, err)
		}
	})
}
