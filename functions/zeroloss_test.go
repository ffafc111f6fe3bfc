package functions_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/lambdatest"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/reconcile"
)

var (
	seed   = flag.Uint64("seed", 0, "seed of the zero-loss suite; 0 draws one")
	events = flag.Int("events", 0, "how many things happen in the zero-loss suite; 0 means 5,000, or 300 with -short")
)

// speed is how many times faster than real time the queues' clocks run, so that
// the consumer's back-off of minutes takes seconds and the functions are those
// that are deployed.
const speed = 200

// timeout is the functions' in these runs, and visibility, by this machine's
// clock, a little longer: what a dead process held comes back after it.
const (
	timeout    = 2500 * time.Millisecond
	visibility = 3 * time.Second
)

// askAfter is how long a system may take to show what it did, instead of the
// catalog's minutes: no fault lets one act later than that after its client gave up.
const askAfter = 150 * time.Millisecond

// templates are what happens in the shop and on the bus: of every thousand
// things, share are made of one.
func templates(t *testing.T) (all []rehearsal.Template, share []int) {
	t.Helper()
	shop := []string{"id", "order/id", "order/orderNumber", "order/customerId", "order/customerEmail"}
	guest := []string{"id", "order/id", "order/orderNumber"}
	add := func(n int, name, path string, unique []string) {
		body, err := os.ReadFile("../events-samples/" + path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rehearsal.Template{Name: name, Body: body, Into: "commercetools", Unique: unique})
		share = append(share, n)
	}
	add(620, "order", "commercetools/order-created.json", shop)
	add(20, "charge", "commercetools/payment-transaction-state-changed.json", []string{"id", "resource/id"})
	add(20, "refund of a payment", "commercetools/payment-transaction-added.json", []string{"id", "resource/id"})
	add(100, "order on account", "commercetools/order-created.no-payment-method.json", shop)
	add(50, "guest's order", "commercetools/order-created.second.json", guest)
	add(30, "refunded order", "commercetools/order-refunded.json", []string{"id", "resource/id", "resourceUserProvidedIdentifiers/orderNumber"})
	add(20, "cancelled order", "commercetools/order-cancelled.json", []string{"id", "resource/id", "resourceUserProvidedIdentifiers/orderNumber"})
	add(20, "return", "commercetools/return-info-added.json", []string{"id", "resource/id", "resourceUserProvidedIdentifiers/orderNumber", "returnInfo/items/0/id"})
	add(10, "what came back", "commercetools/return-state-back-in-stock.json", []string{"id", "resource/id", "resourceUserProvidedIdentifiers/orderNumber", "returnItemId"})
	stock := []string{"id", "resource/id"}
	add(30, "stock of an EDI supplier's", "commercetools/inventory-quantity-set.json", stock)
	add(30, "stock of a webhook supplier's", "commercetools/inventory-quantity-set.webhook-supplier.json", stock)
	kettle := []string{"id", "resource/id", "sku"}
	add(10, "stock that sells slowly", "commercetools/inventory-quantity-set.kettle-3-slow.json", kettle)
	add(10, "stock that is sold out", "commercetools/inventory-quantity-set.kettle-1-sold-out.json", kettle)
	customer := []string{"id", "resource/id"}
	add(10, "new customer", "commercetools/customer-created.json", append(customer, "customer/email"))
	add(10, "changed customer", "commercetools/customer-email-changed.json", append(customer, "email"))
	add(5, "closed account", "commercetools/customer-deleted.json", append(customer, "email"))
	add(5, "erased customer", "commercetools/resource-deleted.customer.json", []string{"resource/id"})
	add(20, "unknown type", "commercetools/unknown-type.json", []string{"id"})
	add(10, "malformed", "commercetools/malformed.json", nil)
	for _, report := range []event.Type{retail.TypeShipmentDelivered, retail.TypeShipmentDelayed} {
		body, err := os.ReadFile("../events-samples/signalbox/" + string(report) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rehearsal.Template{Name: string(report), Type: report, Body: body, Known: true, Unique: []string{"id", "data/parcel/orderNumber"}})
		share = append(share, 5)
	}
	poison := rehearsal.Template{
		Name: "poison on the bus", Type: retail.TypeOrderCreated, Unique: []string{"id", "subject"},
		Body: []byte(`{"specversion":"1.0","id":"4a3d2f5e-8f0e-4d0b-b6a7-0c9f1e2d3c4b","source":"/commercetools/acme-dev","type":"order.created",` +
			`"subject":"9b8c7d6e-5f4a-4b3c-8d2e-1f0a9b8c7d6e","time":"2026-03-04T16:21:07Z","dataschema":"urn:signalbox:order.created:1","data":{"order":{"lines":"none"}}}`),
	}
	all, share = append(all, poison), append(share, 20)
	restocked, err := os.ReadFile("../events-samples/signalbox/inventory.restocked.json")
	if err != nil {
		t.Fatal(err)
	}
	back := rehearsal.Template{Name: "stock that is back", Type: retail.TypeInventoryRestocked, Body: restocked, Unique: []string{"id", "subject", "data/level/sku"}}
	return append(all, back), append(share, 10)
}

// watched are the settings by which the SKUs of the templates above, and no others,
// are watched and discounted: what all orders have in common has no one outcome.
func watched(items []rehearsal.Item) []string {
	skus, rules := []string{}, []string{}
	for _, item := range items {
		for _, mark := range item.Marks {
			if strings.HasPrefix(mark, "KETTLE-1L-") {
				skus = append(skus, fmt.Sprintf("%q:{}", mark))
				rules = append(rules, fmt.Sprintf(`%q:{"percent":15,"floor":{"USD":"24.00"}}`, mark))
			}
		}
	}
	return []string{
		"DEMAND_PATIENCE_HOURS=0", "DEMAND_SKUS={" + strings.Join(skus, ",") + "}",
		"PROMOTION_BUDGET=100", "PROMOTION_RULES={" + strings.Join(rules, ",") + "}",
	}
}

// happen makes n items in the templates' shares, at least one of each.
func happen(t *testing.T, n int) []rehearsal.Item {
	t.Helper()
	all, share := templates(t)
	var items []rehearsal.Item
	for i, template := range all {
		for k := range max(1, n*share[i]/1000) {
			item, err := template.Item(k)
			if err != nil {
				t.Fatal(err)
			}
			if len(item.Marks) == 0 {
				// What cannot be read has no id of its own: make it another one.
				mark := fmt.Sprintf("%s %d", template.Name, k)
				item.Body = append(append([]byte{}, item.Body...), mark...)
				item.Marks = []string{mark}
			}
			items = append(items, item)
		}
	}
	return items
}

func bootstraps(t *testing.T) func(catalog.Function) (string, error) {
	return func(f catalog.Function) (string, error) { return lambdatest.Build(t, f), nil }
}

// perform lets items happen on a new stage and returns what was seen.
func perform(t *testing.T, plan rehearsal.Plan, items []rehearsal.Item, within time.Duration) *rehearsal.Run {
	t.Helper()
	out := &tail{}
	stage, err := rehearsal.NewStage(rehearsal.Options{
		AWS: awstest.Options{Speed: speed, Disorder: plan.Seed}, Visibility: visibility * speed,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stage.Close()
	plan.Bootstrap = bootstraps(t)
	plan.Timeout = timeout
	plan.Stdout = out
	plan.Environment = append(plan.Environment, "SIGNALBOX_ASK_AFTER="+askAfter.String(), "AWS_LAMBDA_LOG_LEVEL=WARN")
	plan.Environment = append(plan.Environment, watched(items)...)
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	start := time.Now()
	run, err := stage.Perform(ctx, plan, items)
	if err != nil {
		t.Fatalf("%v after %v; the last that was printed:\n%s", err, time.Since(start).Round(time.Second), out)
	}
	t.Logf("%d things happened in %v: %s, %d events published again", len(items), time.Since(start).Round(100*time.Millisecond), run.Counts, run.Republished())
	return run
}

// expectation is what follows from one item of each template undisturbed.
func expectation(t *testing.T) reconcile.Expectation {
	t.Helper()
	return perform(t, rehearsal.Plan{Processes: 1}, happen(t, 1), 4*time.Minute).Learn()
}

func judge(t *testing.T, run *rehearsal.Run, want reconcile.Expectation) reconcile.Report {
	t.Helper()
	report := run.Reconcile(want)
	t.Logf("%s\n%s", report, rehearsal.Table(report))
	problems := report.Problems()
	for i, problem := range problems {
		if i == 20 {
			t.Errorf("and %d more", len(problems)-i)
			break
		}
		t.Error(problem)
	}
	return report
}

// limited is a 429, with Retry-After if seconds are given.
func limited(seconds string) connectortest.Fault {
	f := connectortest.Fault{Status: http.StatusTooManyRequests, Body: "{}"}
	if seconds != "" {
		f.Header = http.Header{"Retry-After": {seconds}}
	}
	return f
}

// vendorFaults are of every kind, before and after the effect.
func vendorFaults() []rehearsal.Chance {
	return []rehearsal.Chance{
		{Name: "429 with Retry-After", Share: 0.01, Fault: limited("2")},
		{Name: "429 without", Share: 0.005, Fault: limited("")},
		{Name: "500 before", Share: 0.01, Fault: connectortest.Fault{Status: 500}},
		{Name: "503 before", Share: 0.01, Fault: connectortest.Fault{Status: 503}},
		{Name: "reset before", Share: 0.005, Fault: connectortest.Fault{Reset: true}},
		{Name: "500 after", Share: 0.01, Fault: connectortest.Fault{Status: 500, After: true}},
		{Name: "502 after", Share: 0.005, Fault: connectortest.Fault{Status: 502, After: true}},
		{Name: "reset after", Share: 0.005, Fault: connectortest.Fault{Reset: true, After: true}},
		{Name: "half an answer", Share: 0.003, Fault: connectortest.Fault{Half: true}},
		{Name: "slow", Share: 0.01, Fault: connectortest.Fault{Delay: 100 * time.Millisecond}},
		{Name: "too slow", Share: 0.001, Fault: connectortest.Fault{Delay: 2 * timeout, After: true}},
		{Name: "after the client gave up", Share: 0.001, Fault: connectortest.Fault{Late: askAfter / 5}},
	}
}

func awsFaults() []awstest.Chance {
	chance := func(share float64, f awstest.Fault, operations ...string) (all []awstest.Chance) {
		for _, o := range operations {
			all = append(all, awstest.Chance{Operation: o, Share: share, Fault: f})
		}
		return all
	}
	refused := awstest.Fault{Entry: func(i int) string {
		if i == 0 {
			return "InternalFailure"
		}
		return ""
	}}
	ledger := []string{"GetItem", "PutItem", "UpdateItem", "DeleteItem"}
	var all []awstest.Chance
	all = append(all, chance(0.02, awstest.Throttled, ledger...)...)
	all = append(all, chance(0.003, awstest.Broken, ledger...)...)
	all = append(all, chance(0.003, awstest.BrokenAfter, ledger...)...)
	all = append(all, chance(0.005, awstest.LostReply, ledger...)...)
	all = append(all, chance(0.01, refused, "PutEvents")...)
	all = append(all, chance(0.01, awstest.LostReply, "PutEvents", "SendMessage")...)
	all = append(all, chance(0.02, awstest.Broken, "PutEvents", "SendMessage", "ChangeMessageVisibilityBatch")...)
	return all
}

// The promise: every event is applied once by each of its functions or is in a
// dead-letter queue with its reason, whatever fails.
func TestNothingIsLostAndNothingRepeatedWhateverFails(t *testing.T) {
	n := *events
	if n == 0 {
		n = 5000
		if testing.Short() {
			n = 300
		}
	}
	draw := *seed
	if draw == 0 {
		draw = rand.Uint64()
	}
	t.Logf("seed %d (go test ./functions -run %s -seed %d -events %d repeats the draws)", draw, t.Name(), draw, n)
	want := expectation(t)
	plan := rehearsal.Plan{
		Seed: draw, Processes: 3, Duplicate: 0.03, Kill: 0.03, Freeze: 0.003, Vendor: vendorFaults(), AWS: awsFaults(),
	}
	run := perform(t, plan, happen(t, n), 8*time.Minute)
	for _, sum := range judge(t, run, want).Functions {
		if sum.Events == 0 {
			t.Errorf("nothing was sent to %s", sum.Function)
		}
		if strings.HasPrefix(sum.Function, "shipment-del") && sum.Effects == 0 {
			t.Errorf("no report of a parcel had an effect at %s", sum.Function)
		}
	}
	// A share of one in a thousand does not meet a short run for certain.
	if n >= 1000 && run.Counts.LateEffects.Load() == 0 {
		t.Error("no vendor acted after its client gave up")
	}
}

// A process that dies between any two steps loses and repeats nothing.
func TestDeathAtEachStepLosesAndRepeatsNothing(t *testing.T) {
	want := expectation(t)
	n := 150
	if testing.Short() {
		n = 50
	}
	for _, label := range []string{"after-decode", "after-claim", "after-effect", "before-complete", "after-complete", "before-ack"} {
		t.Run(label, func(t *testing.T) {
			run := perform(t, rehearsal.Plan{Seed: 1, KillAt: label + ":3"}, happen(t, n), 2*time.Minute)
			judge(t, run, want)
			if run.Counts.Deaths.Load() < 1 {
				t.Errorf("no process died at %s", label)
			}
		})
	}
}

// tail keeps the end of what was printed.
type tail struct{ output }

func (t *tail) String() string {
	lines := strings.Split(strings.TrimSpace(t.output.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
