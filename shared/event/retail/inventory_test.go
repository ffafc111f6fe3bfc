package retail_test

import (
	"testing"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var reported = time.Date(2026, 3, 4, 17, 2, 11, 0, time.UTC)

func level() retail.Level {
	return retail.Level{EntryID: "i-1", SKU: "A", Channel: "c-1", Version: 7, QuantityOnStock: 12, AvailableQuantity: 9}
}

func TestCompleteLevelsAreValid(t *testing.T) {
	negative := level()
	negative.QuantityOnStock, negative.AvailableQuantity = -2, -5
	anywhere := level()
	anywhere.Channel = ""
	gone := level()
	gone.QuantityOnStock, gone.AvailableQuantity = 0, 0
	for name, p := range map[string]event.Payload{
		"a level":                              retail.InventoryChanged{Level: level()},
		"more sold than there is":              retail.InventoryChanged{Level: negative},
		"an entry outside of channels":         retail.InventoryChanged{Level: anywhere},
		"a deleted entry":                      retail.InventoryChanged{Level: gone, Deleted: true},
		"a level at its threshold":             retail.InventoryLow{Level: level(), Threshold: 9, At: reported},
		"a level below 0 under a threshold":    retail.InventoryLow{Level: negative, Threshold: 0, At: reported},
		"a level under a threshold that is -1": retail.InventoryLow{Level: negative, Threshold: -1, At: reported},
	} {
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if p.Subject() != "i-1" || p.SchemaVersion() != 1 {
			t.Errorf("%s: version %d of subject %q", name, p.SchemaVersion(), p.Subject())
		}
	}
	if got := (retail.InventoryChanged{Level: level()}).Sequence(); got != 7 {
		t.Errorf("sequence %d; want the entry's version", got)
	}
	if _, ordered := any(retail.InventoryLow{}).(event.Sequenced); ordered {
		t.Error("inventory.low is ordered: an older crossing would be dropped after a newer one")
	}
}

func TestLevelRules(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*retail.Level)
		want   string
	}{
		"an entry":  {func(l *retail.Level) { l.EntryID = "" }, "entryId: expected a non-empty string"},
		"a SKU":     {func(l *retail.Level) { l.SKU = "" }, "sku: expected a non-empty string"},
		"a version": {func(l *retail.Level) { l.Version = 0 }, "version: expected a whole number above 0"},
	} {
		t.Run(name, func(t *testing.T) {
			l := level()
			c.change(&l)
			refused(t, retail.InventoryChanged{Level: l}, "data.level."+c.want)
			refused(t, retail.InventoryLow{Level: l, Threshold: 9, At: reported}, "data.level."+c.want)
		})
	}
	refused(t, retail.InventoryChanged{Level: level(), Deleted: true}, "data.level: expected quantities of 0, because the entry is deleted")
	refused(t, retail.InventoryLow{Level: level(), Threshold: 8, At: reported}, "data.level.availableQuantity: expected at most the threshold")
	refused(t, retail.InventoryLow{Level: level(), Threshold: 9}, "data.at: expected a time in RFC 3339")
}
