package retail_test

import (
	"testing"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

func demandChanged() retail.DemandChanged {
	return retail.DemandChanged{SKU: "A", Class: retail.DemandSlow, Previous: retail.DemandNormal, Counts: retail.Counts{Available: 9, WindowHours: 168}, Number: 1, At: reported}
}

func promotion() retail.Promotion {
	return retail.Promotion{SKU: "A", Discount: "signalbox-A", Percent: 15, Previous: "none", Why: "demand slow", Cause: "e-1", At: reported}
}

func TestDemandAndPromotionsAreOfASKU(t *testing.T) {
	for _, p := range []event.Payload{
		demandChanged(), retail.PromotionStarted{Promotion: promotion()}, retail.PromotionEnded{Promotion: promotion()},
	} {
		if err := p.Validate(); err != nil || p.Subject() != "A" || p.SchemaVersion() != 1 {
			t.Errorf("%s: version %d of subject %q, %v", p.EventType(), p.SchemaVersion(), p.Subject(), err)
		}
	}
	if demandChanged().Sequence() != 1 {
		t.Error("the sequence is not the number of the change")
	}
}

func TestDemandRules(t *testing.T) {
	for want, change := range map[string]func(*retail.DemandChanged){
		"data.sku: expected a non-empty string":                    func(p *retail.DemandChanged) { p.SKU = "" },
		"data.class: expected slow, normal or high":                func(p *retail.DemandChanged) { p.Class = "brisk" },
		"data.previous: expected another of slow, normal and high": func(p *retail.DemandChanged) { p.Previous = p.Class },
		"data.counts.sold: expected 0 or more":                     func(p *retail.DemandChanged) { p.Counts.Sold = -1 },
		"data.number: expected a whole number above 0":             func(p *retail.DemandChanged) { p.Number = 0 },
		"data.at: expected a time in RFC 3339":                     func(p *retail.DemandChanged) { p.At = time.Time{} },
	} {
		p := demandChanged()
		change(&p)
		refused(t, p, want)
	}
}

func TestPromotionRules(t *testing.T) {
	for want, change := range map[string]func(*retail.Promotion){
		"data.promotion.sku: expected a non-empty string":          func(p *retail.Promotion) { p.SKU = "" },
		"data.promotion.discount: expected a non-empty string":     func(p *retail.Promotion) { p.Discount = "" },
		"data.promotion.percent: expected 1 to 99":                 func(p *retail.Promotion) { p.Percent = 100 },
		"data.promotion.previous: expected none, started or ended": func(p *retail.Promotion) { p.Previous = "" },
		"data.promotion.why: expected a non-empty string":          func(p *retail.Promotion) { p.Why = "" },
		"data.promotion.cause: expected a non-empty string":        func(p *retail.Promotion) { p.Cause = "" },
		"data.promotion.at: expected a time in RFC 3339":           func(p *retail.Promotion) { p.At = time.Time{} },
	} {
		p := promotion()
		change(&p)
		refused(t, retail.PromotionStarted{Promotion: p}, want)
		refused(t, retail.PromotionEnded{Promotion: p}, want)
	}
}

func TestWhatIsSoldOutHasNothingAndWhatIsBackHas(t *testing.T) {
	l := level()
	refused(t, retail.InventorySoldOut{Level: l, At: reported}, "data.level.availableQuantity: expected at most 0")
	refused(t, retail.InventoryRestocked{Level: l}, "data.at: expected a time in RFC 3339")
	if err := (retail.InventoryRestocked{Level: l, At: reported}).Validate(); err != nil {
		t.Error(err)
	}
	l.AvailableQuantity = -2
	refused(t, retail.InventoryRestocked{Level: l, At: reported}, "data.level.availableQuantity: expected a whole number above 0")
	refused(t, retail.InventorySoldOut{Level: l}, "data.at: expected a time in RFC 3339")
	if err := (retail.InventorySoldOut{Level: l, At: reported}).Validate(); err != nil {
		t.Error(err)
	}
	if n := retail.Available([]retail.Level{level(), l, level()}); n != 18 {
		t.Errorf("%d available; more sold than there is takes nothing from other places", n)
	}
	l.SKU = ""
	refused(t, retail.InventorySoldOut{Level: l, At: reported}, "data.level.sku: expected a non-empty string")
	refused(t, retail.InventoryRestocked{Level: l, At: reported}, "data.level.sku: expected a non-empty string")
}
