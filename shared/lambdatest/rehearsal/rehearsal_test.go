package rehearsal_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/event"
	"signalbox/shared/lambdatest"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/reconcile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counter is a system that counts what it is asked for, and recognizes a
// repetition by its Idempotency-Key alone.
type counter struct {
	mu      sync.Mutex
	keys    map[string]bool
	effects []connectortest.Effect
}

func (c *counter) System() string                    { return "counter" }
func (c *counter) Secret() map[string]string         { return map[string]string{} }
func (c *counter) Settings(string) map[string]string { return map[string]string{} }

func (c *counter) Effects() []connectortest.Effect {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]connectortest.Effect(nil), c.effects...)
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || len(body) == 0 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		if c.keys[key] {
			return
		}
		c.keys[key] = true
	}
	c.effects = append(c.effects, connectortest.Effect{Reference: string(body), What: "counted", Caller: connectortest.Caller(r), At: time.Now()})
}

var template = rehearsal.Template{
	Name: "thing", Type: "thing.happened", Unique: []string{"id", "subject"},
	Body: []byte(`{"id":"7f6f9a52-3c7e-4bb0-a9a5-3f6d0a4f1b01","type":"thing.happened","subject":"thing-1"}`),
}

func function(name string) catalog.Function {
	return catalog.Function{Name: name, Trigger: catalog.EventQueue{Event: "thing.happened"}, System: "counter", Timeout: time.Second}
}

// perform runs one function of the testdata and returns its row and the report.
func perform(t *testing.T, name string, plan rehearsal.Plan) (reconcile.Sum, reconcile.Report) {
	t.Helper()
	report := performAll(t, []string{name}, plan)
	return report.Functions[0], report
}

// performAll runs functions of the testdata together, all of which write to counter.
func performAll(t *testing.T, names []string, plan rehearsal.Plan) reconcile.Report {
	t.Helper()
	var functions []catalog.Function
	for _, name := range names {
		functions = append(functions, function(name))
	}
	bootstrap := lambdatest.BuildPackage(t, "shared/lambdatest/rehearsal/testdata/naive")
	plan.Bootstrap = func(catalog.Function) (string, error) { return bootstrap, nil }
	run := func(plan rehearsal.Plan, n int, want reconcile.Expectation) (reconcile.Expectation, reconcile.Report) {
		t.Helper()
		stage, err := rehearsal.NewStage(rehearsal.Options{
			Functions: functions, Visibility: 100 * time.Second, AWS: awstest.Options{Speed: 100, Disorder: 1},
			Doubles: map[string]func() connectortest.Double{"counter": func() connectortest.Double { return &counter{keys: map[string]bool{}} }},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer stage.Close()
		var items []rehearsal.Item
		for i := range n {
			item, err := template.Item(i)
			if err != nil {
				t.Fatal(err)
			}
			items = append(items, item)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		r, err := stage.Perform(ctx, plan, items)
		if err != nil {
			t.Fatal(err)
		}
		report := r.Reconcile(want)
		t.Logf("%s\n%s\n%s", r.Counts, report, rehearsal.Table(report))
		return r.Learn(), report
	}
	learned, _ := run(rehearsal.Plan{Bootstrap: plan.Bootstrap}, 1, nil)
	_, report := run(plan, 300, learned)
	return report
}

func TestFunctionThatSwallowsErrorsIsCaughtLosing(t *testing.T) {
	line, v := perform(t, "loses", rehearsal.Plan{Seed: 1, Vendor: []rehearsal.Chance{{Name: "500", Share: 0.1, Fault: connectortest.Fault{Status: 500}}}})
	if line.Lost == 0 || len(v.Problems()) != line.Lost {
		t.Errorf("lost %d, %d problems: it swallowed every failure", line.Lost, len(v.Problems()))
	}
	if line.Events != 300 || line.Done != 300 {
		t.Errorf("%d of %d events done: a loss like this looks like success", line.Done, line.Events)
	}
}

func TestFunctionWithoutLedgerIsCaughtRepeating(t *testing.T) {
	for _, c := range []struct {
		name string
		plan rehearsal.Plan
	}{
		{"killed in mid-batch", rehearsal.Plan{Seed: 1, Kill: 0.3}},
		{"frozen until its timeout", rehearsal.Plan{Seed: 1, Freeze: 0.6, Timeout: 200 * time.Millisecond}},
		{"given duplicates", rehearsal.Plan{Seed: 1, Duplicate: 0.1}},
		{"told 500 after the effect", rehearsal.Plan{Seed: 1, Vendor: []rehearsal.Chance{{Share: 0.1, Fault: connectortest.Fault{Status: 500, After: true}}}}},
		{"served after it gave up", rehearsal.Plan{Seed: 1, Timeout: 200 * time.Millisecond, Vendor: []rehearsal.Chance{
			{Share: 0.05, Fault: connectortest.Fault{Late: 50 * time.Millisecond}},
		}}},
		{"cut off after the effect", rehearsal.Plan{Seed: 1, Vendor: []rehearsal.Chance{{Share: 0.1, Fault: connectortest.Fault{Reset: true, After: true}}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			line, v := perform(t, "repeats", c.plan)
			if line.Duplicated == 0 || len(v.Duplicated) == 0 {
				t.Error("no repetition was seen")
			}
			if line.Lost != 0 {
				t.Errorf("%d events count as lost: %v", line.Lost, v.Problems())
			}
		})
	}
}

// What one function did is not what another of the same system did: only the one
// that loses is short of effects.
func TestEffectsAreThoseOfTheFunctionThatMadeThem(t *testing.T) {
	report := performAll(t, []string{"careful", "loses"}, rehearsal.Plan{Seed: 1, Vendor: []rehearsal.Chance{
		{Name: "500", Share: 0.1, Fault: connectortest.Fault{Status: 500}},
	}})
	careful, loses := report.Functions[0], report.Functions[1]
	if careful.Effects != 300 || careful.Lost != 0 {
		t.Errorf("careful has %d effects and lost %d", careful.Effects, careful.Lost)
	}
	if loses.Lost == 0 || loses.Effects+loses.Lost != 300 {
		t.Errorf("the other one has %d effects and lost %d", loses.Effects, loses.Lost)
	}
}

// What a vendor does after its client gave up is an effect too, though by then
// nothing is in flight any more.
func TestEffectsThatComeLateAreSeen(t *testing.T) {
	line, v := perform(t, "loses", rehearsal.Plan{Seed: 1, Environment: []string{"NAIVE_PATIENCE=50ms"}, Vendor: []rehearsal.Chance{
		{Name: "late", Share: 0.1, Fault: connectortest.Fault{Late: 500 * time.Millisecond}},
	}})
	if line.Effects != 300 || !v.AllAccountedFor() {
		t.Errorf("%d effects: %s", line.Effects, strings.Join(v.Problems(), "\n"))
	}
}

func TestCarefulFunctionPassesUnderTheSameFaults(t *testing.T) {
	line, v := perform(t, "careful", rehearsal.Plan{
		Seed: 1, Kill: 0.1, Freeze: 0.02, Duplicate: 0.1, Timeout: 300 * time.Millisecond,
		Vendor: []rehearsal.Chance{
			{Name: "500 before", Share: 0.05, Fault: connectortest.Fault{Status: 500}},
			{Name: "500 after", Share: 0.05, Fault: connectortest.Fault{Status: 500, After: true}},
			{Name: "late", Share: 0.01, Fault: connectortest.Fault{Late: 50 * time.Millisecond}},
		},
	})
	if !v.AllAccountedFor() {
		t.Errorf("%s", strings.Join(v.Problems(), "\n"))
	}
	if line.Events != 300 || line.Effects != 300 {
		t.Errorf("got %+v", line)
	}
}

func TestTemplateMakesItemsThatDifferInTheirMarksAlone(t *testing.T) {
	first, err := template.Item(1)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := template.Item(1)
	second, _ := template.Item(2)
	if fmt.Sprint(first) != fmt.Sprint(again) || string(first.Body) == string(second.Body) || first.Type != event.Type("thing.happened") {
		t.Errorf("got %s, %s, %s", first.Body, again.Body, second.Body)
	}
	if len(first.Marks) != 2 || !strings.Contains(string(first.Body), first.Marks[1]) || !strings.HasPrefix(first.Marks[1], "thing-1-") {
		t.Errorf("marks %v of %s", first.Marks, first.Body)
	}
	broken := template
	broken.Unique = []string{"other"}
	if _, err := broken.Item(1); err == nil {
		t.Error("a path that leads nowhere was accepted")
	}
}
