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
			if f.System == s.ID && !f.IsSchedule() {
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
		t.Errorf("as the entry says %v, %d MB, hidden for %v", f.TimeoutOrDefault(), f.MemoryOrDefault(), f.Visibility())
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
		if f.Event() != "" && !slices.ContainsFunc(catalog.Consumers(f.Event()), func(c catalog.Function) bool { return c.Name == f.Name }) {
			t.Errorf("%s is no consumer of %s", f.Name, f.Event())
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
		if got := (catalog.Function{Trigger: catalog.EventQueue{Event: c.event}}).Takes(c.of); got != c.takes {
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
		"ingress":      {Domain: catalog.Ingress, Trigger: catalog.SourceQueue{Source: "commercetools"}},
		"platform":     {Domain: catalog.Platform, Trigger: catalog.Schedule{}},
		"retail-order": {Domain: catalog.Retail, Trigger: catalog.EventQueue{Event: "order.created"}},
	} {
		if got := f.Stack(); got != want {
			t.Errorf("%+v is in the stack %s, want %s", f, got, want)
		}
	}
	if got := (catalog.Topic{Domain: catalog.Retail, Event: "inventory.low"}).Stack(); got != "retail-inventory" {
		t.Errorf("the topic is in the stack %s", got)
	}
	for _, f := range catalog.Queued() {
		if !f.IsQueue() {
			t.Errorf("%s counts as queued", f.Name)
		}
	}
}

func TestFunctionsAreFoundByWhatTheyCanDo(t *testing.T) {
	for want, find := range map[string]func(source string) (catalog.Function, bool){
		"backfill": catalog.Refiller, "subscription": catalog.Subscriber,
	} {
		if f, ok := find("commercetools"); !ok || f.Name != want {
			t.Errorf("found %q, want %s", f.Name, want)
		}
		for _, source := range []string{"", "mail"} {
			if f, ok := find(source); ok {
				t.Errorf("%s is found for the source %q", f.Name, source)
			}
		}
	}
	if f, ok := catalog.Responder("checkout"); !ok || f.Name != "checkout" {
		t.Errorf("requests of the checkout are answered by %q", f.Name)
	}
	if f, ok := catalog.Responder("commercetools"); ok {
		t.Errorf("%s, which reads a queue, is found for requests", f.Name)
	}
	for _, f := range catalog.Functions {
		if want := f.Name == "analytics"; f.WritesLake() != want {
			t.Errorf("%s writes to the lake: %v", f.Name, f.WritesLake())
		}
	}
}

func TestAGroupsSettingsAreThoseOfEveryFunctionThatSharesIt(t *testing.T) {
	for _, g := range catalog.Groups {
		found, ok := catalog.GroupByName(g.Name)
		if fs := catalog.Sharing(g); len(fs) < 2 || !ok || found.Name != g.Name {
			t.Errorf("group %s is found as %q and shared by %d functions", g.Name, found.Name, len(fs))
		}
		for _, f := range catalog.Sharing(g) {
			for _, s := range g.Settings {
				if !slices.Contains(f.AllSettings(), s) || slices.Contains(f.Settings, s) {
					t.Errorf("%s has %s of its own, or not at all", f.Name, s.Name)
				}
			}
		}
	}
	if _, ok := catalog.GroupByName("mood"); ok {
		t.Error("a group is found that there is not")
	}
}

func ExampleFunctionByName() {
	f, ok := catalog.FunctionByName("order-created-crm")
	fmt.Println(f.Event(), f.System, f.Effect, f.Visibility(), ok)
	// Output: order.created salesforce natural 3m0s true
}

func Example() {
	for _, f := range catalog.Consumers(retail.TypeOrderApproved) {
		system, _ := catalog.SystemByID(f.System)
		fmt.Printf("%s: %s triggers it, it writes to %s, its effect is %s\n", f.Name, f.Event(), system.Title, f.Effect)
		fmt.Printf("up to %d invokes at once, a dead-letter queue: %t\n", f.MaxConcurrency(), f.DeadLetters())
	}
	fmt.Println("contradictions:", catalog.Check())
	// Output:
	// order-approved-shipping: order.approved triggers it, it writes to FedEx, its effect is unsafe
	// up to 2 invokes at once, a dead-letter queue: true
	// contradictions: <nil>
}
