package catalog_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// What all functions of a system may ask in a second, if every call takes one
// second, stays within its rate unless the least that SQS allows, two invokes of
// one record, is more.
func TestNoSystemIsAskedMoreThanItAllows(t *testing.T) {
	for _, s := range catalog.Systems {
		total, least := 0, 0
		for _, f := range catalog.Functions {
			if f.System == s.ID && f.Trigger != catalog.Schedule {
				calls := max(1, f.Calls)
				total += f.Parallel() * f.MaxConcurrency() * calls
				least += 2 * calls
			}
		}
		if float64(total) > max(s.Rate, float64(least)) {
			t.Errorf("%s allows %g requests a second and is asked %d", s.ID, s.Rate, total)
		}
	}
}

func TestDefaults(t *testing.T) {
	f := catalog.Function{}
	if f.TimeoutOrDefault() != 30*time.Second || f.MemoryOrDefault() != 256 || f.Visibility() != 3*time.Minute {
		t.Errorf("by default %v, %d MB, hidden for %v", f.TimeoutOrDefault(), f.MemoryOrDefault(), f.Visibility())
	}
	f = catalog.Function{Timeout: time.Minute, MemoryMB: 512}
	if f.TimeoutOrDefault() != time.Minute || f.MemoryOrDefault() != 512 || f.Visibility() != 6*time.Minute {
		t.Errorf("as told %v, %d MB, hidden for %v", f.TimeoutOrDefault(), f.MemoryOrDefault(), f.Visibility())
	}
}

func TestLookUps(t *testing.T) {
	if _, ok := catalog.FunctionByName("order-created-crm"); !ok {
		t.Error("order-created-crm is not found")
	}
	if _, ok := catalog.FunctionByName("order-created"); ok {
		t.Error("a function is found by a part of its name")
	}
	if s, ok := catalog.SystemByID("fedex"); !ok || s.Title != "FedEx" {
		t.Errorf("fedex is %+v, %v", s, ok)
	}
	for _, f := range catalog.Functions {
		if f.Event != "" && !slices.ContainsFunc(catalog.Consumers(f.Event), func(c catalog.Function) bool { return c.Name == f.Name }) {
			t.Errorf("%s is no consumer of %s", f.Name, f.Event)
		}
	}
	if fs := catalog.Consumers("order.lost"); len(fs) != 0 {
		t.Errorf("order.lost triggers %d functions", len(fs))
	}
	if _, ok := catalog.SystemByID(""); ok {
		t.Error("a system is found without an id")
	}
	if e, ok := catalog.EventByType(retail.TypeOrderHeld); !ok || e.Type() != retail.TypeOrderHeld || e.Ordered() {
		t.Errorf("order.held is %+v, %v", e, ok)
	}
	if _, ok := catalog.EventByType("order.lost"); ok {
		t.Error("order.lost is found")
	}
	f := catalog.Function{System: "fedex", Reads: []string{"stripe"}}
	if got := fmt.Sprint(f.Systems()); got != "[fedex stripe]" {
		t.Errorf("systems are %s", got)
	}
}

func TestAFunctionTakesItsEventOrAnyOfTheCatalog(t *testing.T) {
	for _, c := range []struct {
		event, of event.Type
		takes     bool
	}{
		{retail.TypeOrderHeld, retail.TypeOrderHeld, true},
		{retail.TypeOrderHeld, retail.TypeOrderPaid, false},
		{catalog.AnyEvent, retail.TypeOrderPaid, true},
		{catalog.AnyEvent, "order.lost", false},
		{"", "", false},
	} {
		if got := (catalog.Function{Event: c.event}).Takes(c.of); got != c.takes {
			t.Errorf("a function of %q takes %q: %v", c.event, c.of, got)
		}
	}
}

type level struct{ retail.OrderHeld }

func (level) Sequence() int64 { return 1 }

func TestAnEventThatCarriesAStateIsOrdered(t *testing.T) {
	if !(catalog.Event{Payload: level{}}).Ordered() {
		t.Error("a payload with a sequence is not ordered")
	}
}

func TestAStackFollowsFromTheSubjectOfTheEvent(t *testing.T) {
	for want, f := range map[string]catalog.Function{
		"ingress":      {Domain: catalog.Ingress, Source: "commercetools"},
		"platform":     {Domain: catalog.Platform, Trigger: catalog.Schedule},
		"retail-order": {Domain: catalog.Retail, Event: "order.created"},
	} {
		if got := f.Stack(); got != want {
			t.Errorf("%+v is in the stack %s, want %s", f, got, want)
		}
	}
	if got := (catalog.Topic{Domain: catalog.Retail, Event: "inventory.low"}).Stack(); got != "retail-inventory" {
		t.Errorf("the topic is in the stack %s", got)
	}
	for _, f := range catalog.Queued() {
		if f.Trigger != catalog.Queue {
			t.Errorf("%s counts as queued", f.Name)
		}
	}
}

func ExampleFunctionByName() {
	f, ok := catalog.FunctionByName("order-created-crm")
	fmt.Println(f.Event, f.System, f.Effect, f.Visibility(), ok)
	// Output: order.created salesforce natural 3m0s true
}
