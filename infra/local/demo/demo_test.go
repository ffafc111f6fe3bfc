package demo

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/infra/local"
	"signalbox/infra/local/terminal"
	"signalbox/shared/reconcile"
	"signalbox/shared/sample"
)

var update = flag.Bool("update", false, "write the goldens anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-update writes it anew):\n%s", path, diff)
	}
}

// result is a run in which everything happened that can be shown.
func result() *Result {
	node := Node{ID: "cb90ec74", Type: "order.created", Label: "SB-1", Times: 2, Reactions: []Reaction{
		{Entry: reconcile.Entry{Function: "order-created-crm", System: "salesforce", Verdict: reconcile.Applied, MS: 32.84, Attempts: 2, Suppressed: 1, Effects: []string{"Account created", "Order__c created"}}},
		{Entry: reconcile.Entry{Function: "order-created-fraud", System: "stripe", Verdict: reconcile.Applied, MS: 4, Attempts: 1}, Emitted: []Node{
			{ID: "4a9f1dd7", Type: "order.approved", Label: "SB-1", Times: 1, Reactions: []Reaction{
				{Entry: reconcile.Entry{Function: "order-approved-shipping", System: "fedex", Verdict: reconcile.Stuck, MS: 5.6, Attempts: 4, Reason: "fedex-503"}},
			}},
		}},
		{Entry: reconcile.Entry{Function: "order-created-marketing", System: "klaviyo", Verdict: reconcile.DeadLettered, MS: 123.4, Attempts: 1, Reason: "klaviyo-400", Fault: "permanent"}},
		{Topic: "signalbox-dev-retail-MarketingOrdersTopic947176D9", Entry: reconcile.Entry{Verdict: delivered}},
	}}
	r := &Result{
		Stories: []Story{
			{Sample: "order-created", Format: "Platform", Ways: []string{"SQS", "SNS"}, Outcomes: []string{"applied", "applied"}, Events: []Node{node}},
			{Sample: "malformed", Format: "not JSON", Ways: []string{"SQS"}, Outcomes: []string{"dead-letter"}, Reason: "invalid-event"},
		},
		Calls: []Call{
			{Function: "webhook", What: "FedEx: delivered", Status: 202, Answer: "{}", Outcome: "applied", MS: 6.2, Events: []Node{{ID: "13332b03", Type: "shipment.delivered", Label: "SB-1", Times: 1}}},
			{Function: "webhook", What: "a stranger", Status: 401, Answer: `{"reason":"signature"}`, Outcome: "refused", Reason: "signature", MS: 0.14},
			{Function: "checkout", What: "a cart is changed", Status: 200, Answer: `{"actions":[{"action":"setDirectDiscounts","discounts":[{"value":{}}]}]}`, Outcome: "applied", MS: 12},
		},
		Report: reconcile.Report{
			Events: 2,
			Functions: []reconcile.Sum{
				{Function: "webhook", Accepted: 2, Applied: 1, Refused: 1},
				{Function: "commercetools", Accepted: 3, Applied: 2, DeadLettered: 1},
				{Function: "order-approved-shipping", Accepted: 1, Waiting: 1, Retries: 4, Crashes: 1},
			},
			Stuck: []reconcile.Finding{{Count: 1, Text: "order-approved-shipping: order.approved 4a9f1dd7 is stuck after 4 attempts: fedex-503"}},
		},
		DeadLetters: []reconcile.DeadLetter{
			{Function: "commercetools", Fault: "invalid", Reason: "invalid-event"},
			{Function: "order-created-marketing", Fault: "permanent", Reason: "klaviyo-400", EventType: "order.created", EventID: "cb90ec74"},
		},
		Effects: []reconcile.Effect{{System: "salesforce", What: "Account created"}, {System: "salesforce", What: "Order__c created"}},
		Seconds: 4.2,
	}
	r.conclude(nil)
	return r
}

func TestTheResultIsReadable(t *testing.T) {
	var out bytes.Buffer
	result().Print(terminal.Terminal{Out: &out})
	golden(t, "problems.txt", out.Bytes())
}

func TestWhereAllIsAccountedForTheVerdictSaysSo(t *testing.T) {
	var out bytes.Buffer
	r := result()
	r.Stuck, r.Stories, r.Calls, r.DeadLetters, r.Effects = nil, nil, nil, nil, nil
	r.conclude(nil)
	r.Print(terminal.Terminal{Out: &out})
	golden(t, "accounted.txt", out.Bytes())
}

func TestFurtherProblemsAreInTheVerdict(t *testing.T) {
	r := result()
	if r.conclude([]string{"the subscription is broken"}); r.OK || !strings.HasSuffix(r.Verdict, "1 stuck; further problems: 1") || len(r.Problems) != 2 {
		t.Errorf("%s: %q", r.Verdict, r.Problems)
	}
}

func TestColourIsOnlyPaint(t *testing.T) {
	var plain, painted bytes.Buffer
	result().Print(terminal.Terminal{Out: &plain})
	result().Print(terminal.Terminal{Out: &painted, Color: true})
	if !bytes.Contains(painted.Bytes(), []byte(terminal.Red)) {
		t.Error("what is wrong is not red")
	}
	stripped := painted.Bytes()
	for _, paint := range []terminal.Paint{terminal.Red, terminal.Green, terminal.Yellow, terminal.Cyan, terminal.Dim, terminal.Bold, "\x1b[0m"} {
		stripped = bytes.ReplaceAll(stripped, []byte(paint), nil)
	}
	trimmed := func(text []byte) string {
		var lines [][]byte
		for _, line := range bytes.Split(text, []byte("\n")) {
			lines = append(lines, bytes.TrimRight(line, " "))
		}
		return string(bytes.Join(lines, []byte("\n")))
	}
	if diff := cmp.Diff(trimmed(plain.Bytes()), trimmed(stripped)); diff != "" {
		t.Error(diff)
	}
}

func TestADeliveryIsRecognizedByWhatItCarries(t *testing.T) {
	s := sample.Sample{Body: []byte(`{"id":"n","a":1}`)}
	for name, c := range map[string]struct {
		way  local.Way
		body string
		want bool
	}{
		"the same bytes":                 {local.SQS, `{"id":"n","a":1}`, true},
		"other bytes by SQS":             {local.SQS, `{"a":1,"id":"n"}`, false},
		"the same JSON off the bus":      {local.EventBridge, `{"a": 1, "id": "n"}`, true},
		"other JSON off the bus":         {local.EventBridge, `{"a": 2, "id": "n"}`, false},
		"an envelope around it":          {local.SNSEnvelope, string(sample.SNS([]byte(`{"id":"n","a":1}`))), true},
		"a wrapper around it":            {local.EventBridgeWrapper, string(sample.Partner([]byte(`{"id":"n","a":1}`))), true},
		"an envelope that was not asked": {local.SQS, string(sample.SNS([]byte(`{"id":"n","a":1}`))), false},
		"nothing readable off the bus":   {local.EventBridge, `{`, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := carries(c.body, &delivery{sample: s, way: c.way}); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestTheScriptPlaysEverySampleByEveryWay(t *testing.T) {
	p := &play{options: Options{Root: filepath.Join("..", "..", "..")}}
	first, again, err := p.script()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(p.options.Root, "events-samples", source, "*.json"))
	if err != nil || len(files) != len(first) {
		t.Errorf("%d samples, %d deliveries, %v", len(files), len(first), err)
	}
	used := map[local.Way]bool{}
	played := map[string]bool{}
	for _, d := range first {
		used[d.way] = true
		played[d.sample.Name] = true
	}
	for _, w := range local.Ways() {
		if !used[w] {
			t.Errorf("nothing comes by %s", w)
		}
	}
	for name := range ways() {
		if !played[name] {
			t.Errorf("the script names %s, and there is no such sample", name)
		}
	}
	acts := inActs(first)
	if len(acts) != 1+len(later()) {
		t.Fatalf("%d acts; want one of all that comes at once and one for each that comes later", len(acts))
	}
	for i, name := range later() {
		if len(acts[1+i]) != 1 || acts[1+i][0].sample.Name != name {
			t.Errorf("act %d is not %s alone", 1+i, name)
		}
	}
	if len(again) != len(repeated()) {
		t.Errorf("%d repetitions, want %d", len(again), len(repeated()))
	}
}

func TestFormat(t *testing.T) {
	for body, want := range map[string]string{`{"specversion":"1.0"}`: "CloudEvents", `{"notificationType":"Message"}`: "Platform", `{"cut`: "not JSON"} {
		if got := format([]byte(body)); got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
}
