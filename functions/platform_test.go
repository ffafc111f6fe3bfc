package functions_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/lambdatest"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/sample"
)

func mustFunction(t *testing.T, name string) catalog.Function {
	t.Helper()
	f, ok := catalog.FunctionByName(name)
	if !ok {
		t.Fatalf("the catalog has no function %s", name)
	}
	return f
}

const tick = `{"version":"0","id":"53dc4d37","detail-type":"Scheduled Event","source":"aws.events","time":"2026-11-28T04:30:00Z","region":"eu-central-1","resources":[],"detail":{}}`

// The whole life of the stack's resource, through the compiled function and the
// Runtime API, as CloudFormation sees it.
func TestCustomResourceThroughTheCompiledFunction(t *testing.T) {
	scene := set(t, mustFunction(t, "subscription"))
	double := scene.Doubles["commercetools"].Double.(*commercetoolstest.Double)
	var answers []string
	cloudFormation := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var a struct{ Status, Reason, PhysicalResourceId string }
		if r.Method != http.MethodPut || json.Unmarshal(body, &a) != nil {
			t.Errorf("%s %s", r.Method, body)
		}
		reason, _, _ := strings.Cut(a.Reason, ":")
		answers = append(answers, strings.TrimSpace(a.Status+" "+a.PhysicalResourceId+" "+reason))
	}))
	t.Cleanup(cloudFormation.Close)
	ask := func(kind, id, account string) {
		t.Helper()
		payload, err := json.Marshal(map[string]any{
			"RequestType": kind, "ResponseURL": cloudFormation.URL + "/answer?X-Amz-Signature=x", "StackId": "s", "RequestId": "r", "LogicalResourceId": "l",
			"PhysicalResourceId": id, "ResourceProperties": map[string]any{"ServiceTimeout": "600", "Draft": map[string]any{
				"key": "signalbox", "format": map[string]any{"type": "Platform"},
				"destination": map[string]any{"type": "SQS", "queueUrl": "https://sqs.eu-central-1.amazonaws.com/" + account + "/q", "region": "eu-central-1", "authenticationMode": "IAM"},
				"messages":    []any{map[string]any{"resourceTypeId": "order", "types": []any{"OrderCreated"}}},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := scene.invoke(payload); err != nil {
			t.Fatalf("%s: %v\n%s", kind, err, scene.out)
		}
	}
	broken := false
	scene.Doubles["commercetools"].Script(func(r *http.Request) *connectortest.Fault {
		if broken || r.Method != http.MethodPost || r.URL.Path == "/oauth/token" {
			return nil
		}
		broken = true
		return &connectortest.Fault{Status: http.StatusInternalServerError, After: true}
	})
	ask("Create", "", "0000000000")            // No test notification arrives there; the 500 hides it.
	ask("Delete", "never-made", "0000000000")  // The rollback.
	ask("Create", "", "123456789012")          // And now.
	ask("Create", "", "123456789012")          // Lambda repeats it.
	ask("Update", "signalbox", "210987654321") // Another queue.
	ask("Update", "signalbox", "0000000000")   // One that takes nothing: the former stays.
	ask("Delete", "signalbox", "210987654321")
	ask("Delete", "signalbox", "210987654321")
	want := []string{
		"FAILED never-made commercetools-TestMessage", "SUCCESS never-made", "SUCCESS signalbox", "SUCCESS signalbox", "SUCCESS signalbox",
		"FAILED signalbox commercetools-TestMessage", "SUCCESS signalbox", "SUCCESS signalbox",
	}
	if diff := cmp.Diff(want, answers); diff != "" {
		t.Errorf("answers (-want +got):\n%s\n%s", diff, scene.out)
	}
	if _, ok := double.Subscription("signalbox"); ok {
		t.Error("the subscription outlived its stack")
	}
	answer, err := scene.invoke([]byte(tick))
	if err != nil || !strings.Contains(string(answer), `"SubscriptionMissing":1`) {
		t.Errorf("the clock's look: %s, %v", answer, err)
	}
	if scene.process.Starts() != 1 {
		t.Error("the process crashed")
	}
}

// A stage whose secret is not filled says so to CloudFormation, and starts once it is.
func TestCustomResourceBeforeTheSecretIsFilled(t *testing.T) {
	f := mustFunction(t, "subscription")
	scene := set(t, f, config.SecretName("commercetools")+"=nothing-is-there")
	reason := ""
	cloudFormation := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		reason = string(body)
	}))
	t.Cleanup(cloudFormation.Close)
	payload := fmt.Sprintf(`{"RequestType":"Create","ResponseURL":%q,"StackId":"s","RequestId":"r","LogicalResourceId":"l","ResourceProperties":{}}`, cloudFormation.URL)
	if _, err := scene.invoke([]byte(payload)); err != nil || !strings.Contains(reason, `"FAILED"`) || !strings.Contains(reason, "read the secret of commercetools") {
		t.Errorf("%v, answered %s", err, reason)
	}
	if _, err := scene.invoke([]byte(tick)); err == nil {
		t.Error("the clock's run succeeded")
	}
}

// deliveries is how many messages happen, and every nth is never delivered.
const (
	deliveries = 60
	lostEvery  = 7
)

// N things happen; some notifications are dropped on the way; the sweep finds
// exactly those. Every message becomes its events once, and all is accounted for.
func TestBackfillAccountsForEveryMessage(t *testing.T) {
	ingress, backfill := mustFunction(t, "commercetools"), mustFunction(t, "backfill")
	stage, err := rehearsal.NewStage(rehearsal.Options{Functions: []catalog.Function{ingress, backfill}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stage.Close)
	out := &output{}
	begin := func(f catalog.Function, env ...string) *lambdalocal.Process {
		t.Helper()
		p, err := stage.Start(f, lambdalocal.Function{Bootstrap: lambdatest.Build(t, f), Stdout: out, Env: env})
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Cleanup(p.Close)
		return p
	}
	open := &scene{Stage: stage, t: t, function: ingress, process: begin(ingress, config.Arrivals+"=note"), out: out}
	sweep := &scene{Stage: stage, t: t, function: backfill, process: begin(backfill, "BACKFILL_TRAIL_SECONDS=60"), out: out}

	created, err := os.ReadFile("../events-samples/commercetools/order-created.json")
	if err != nil {
		t.Fatal(err)
	}
	template := rehearsal.Template{Name: "order", Body: created, Unique: []string{"id", "order/id", "resource/id"}}
	start := time.Now().UTC().Add(-time.Hour)
	double := stage.Doubles["commercetools"].Double.(*commercetoolstest.Double)
	var want []string
	lost := 0
	for i := range deliveries {
		item, err := template.Item(i)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(item.Body, &m); err != nil {
			t.Fatal(err)
		}
		m["createdAt"], m["sequenceNumber"] = start.Add(time.Duration(i)*time.Second).Format("2006-01-02T15:04:05.000Z"), 1
		body, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := double.PutMessage(body); err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprint(m["order"].(map[string]any)["id"]))
		if i%lostEvery == 3 {
			lost++
			continue
		}
		if failed := open.deliver(sample.SQS(body)); len(failed) > 0 {
			t.Fatalf("%v failed\n%s", failed, out)
		}
	}
	orders := func() []string {
		var ids []string
		for _, p := range stage.AWS.Published(rehearsal.Bus) {
			var e struct{ Type, Subject string }
			if err := json.Unmarshal(p.Detail, &e, json.MatchCaseInsensitiveNames(true)); err != nil {
				t.Fatal(err)
			}
			if e.Type == "order.created" {
				ids = append(ids, e.Subject)
			}
		}
		return ids
	}
	if got := len(orders()); got != deliveries-lost {
		t.Fatalf("%d orders before the sweep, want %d\n%s", got, deliveries-lost, out)
	}
	text := func(s string) awstest.Attribute { return awstest.Attribute{S: &s} }
	one := "1"
	stage.AWS.PutItem(rehearsal.Ledger, awstest.Item{
		catalog.LedgerKey: text("backfill#note#cursor"), "revision": {N: &one},
		"note": text(fmt.Sprintf(`{"createdAt":%q,"id":""}`, start.Format(time.RFC3339Nano))),
	})
	run := func(payload string, missed int) {
		t.Helper()
		answer, err := sweep.invoke([]byte(payload))
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		var r struct {
			Counts map[string]int    `json:"counts"`
			Notes  map[string]string `json:"notes"`
		}
		if err := json.Unmarshal(answer, &r); err != nil || r.Counts["BackfillMissed"] != missed || r.Notes["complete"] != "true" {
			t.Errorf("%s, %v; want %d missed", answer, err, missed)
		}
	}
	run(tick, lost)
	refilled := stage.AWS.Messages(rehearsal.Queue(ingress))
	if len(refilled) != lost {
		t.Fatalf("%d messages in the ingress's queue, want %d", len(refilled), lost)
	}
	for _, m := range refilled {
		if failed := open.deliver(sample.SQS([]byte(m.Body))); len(failed) > 0 {
			t.Fatalf("%v failed\n%s", failed, out)
		}
	}
	run(tick, 0)
	run(fmt.Sprintf(`{"from":%q,"to":%q}`, start.Format(time.RFC3339), start.Add(30*time.Minute).Format(time.RFC3339)), 0)
	got := orders()
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("orders that happened and orders on the bus:\n%s", diff)
	}
	// One that is delivered late after all is the same event.
	for _, m := range refilled {
		open.deliver(sample.SQS([]byte(m.Body)))
	}
	again := orders()
	slices.Sort(again)
	if diff := cmp.Diff(want, slices.Compact(again)); diff != "" {
		t.Errorf("after late deliveries:\n%s", diff)
	}
	if ids := open.published(); len(ids) != 2*deliveries { // order.created and order.paid.
		t.Errorf("%d events of %d messages", len(ids), deliveries)
	}
}
