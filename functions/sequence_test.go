package functions_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/klaviyo/klaviyotest"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/lambdatest"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/sample"
)

// Creation, change and erasure of a customer are three functions' events, and SQS
// keeps no order between them. What they share is a sequence in the ledger, so
// that an older state never takes the place of a newer one and nothing that is
// late brings back what was erased.
func TestStatesOfACustomerAreAppliedInOneSequence(t *testing.T) {
	names := []string{"customer-created-marketing", "customer-changed-marketing", "customer-deleted-marketing"}
	var functions []catalog.Function
	for _, name := range names {
		f, ok := catalog.FunctionByName(name)
		if !ok {
			t.Fatalf("%s is not in the catalog", name)
		}
		functions = append(functions, f)
	}
	stage, err := rehearsal.NewStage(rehearsal.Options{Functions: functions})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stage.Close)
	scenes := map[string]*scene{}
	for _, f := range functions {
		out := &output{}
		p, err := stage.Start(f, lambdalocal.Function{Bootstrap: lambdatest.Build(t, f), Stdout: out})
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Cleanup(p.Close)
		scenes[f.Name] = &scene{Stage: stage, t: t, function: f, process: p, out: out}
	}
	const customer = "4f8e1d72-c5a3-4096-b82d-3a7f50e9c614"
	deliver := func(function, name string, replaced ...string) {
		t.Helper()
		body, err := os.ReadFile("../events-samples/signalbox/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(replaced); i += 2 {
			body = bytes.ReplaceAll(body, []byte(replaced[i]), []byte(replaced[i+1]))
		}
		if failed := scenes[function].deliver(sample.SQS(sample.EventBridge(body))); len(failed) > 0 {
			t.Fatalf("%s failed\n%s", name, scenes[function].out)
		}
	}
	account := stage.Doubles["klaviyo"].Double.(*klaviyotest.Double)

	deliver(names[1], "customer.changed.json")
	deliver(names[0], "customer.created.json", "b7d3e0a9-41c6-4f58-9a2e-7c15d8f3b604", customer)
	if got := account.Attributes(customer)["last_name"]; got != "Marchetti" {
		t.Errorf("the name is %v: the account as it was created took the place of the changed one", got)
	}
	deliver(names[2], "customer.deleted.erasure.json", "617c8d9e-afb0-41c2-8d3e-4f5a6b7c8d9e", customer)
	deliver(names[1], "customer.changed.json", "84423088-6b73-54d5-9a1c-f6c3f346ab6b", "0b7d5f0a-7c1e-5f57-8f0a-6f5f3e2d1c0b",
		`"sequence": "4"`, `"sequence": "9"`, `"version": 4`, `"version": 9`)
	deliver(names[2], "customer.deleted.json", "a1c75f08-93be-4d2a-86f4-e50d7b29c3a6", customer)
	var got []string
	for _, e := range account.Effects() {
		got = append(got, e.Reference+": "+e.What)
	}
	if diff := cmp.Diff([]string{customer + ": profile created", customer + ": profile erased"}, got); diff != "" {
		t.Error(diff)
	}
}
