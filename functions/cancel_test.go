package functions_test

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/fedex/fedextest"
	"signalbox/shared/event/retail"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/lambdatest/rehearsal"
)

// What was shipped and is called off afterwards is taken back at FedEx, each
// shipment once and none forgotten, whatever fails: the zero-loss suite above
// calls off only what was never shipped.
func TestEveryShipmentThatIsCalledOffIsTakenBackWhateverFails(t *testing.T) {
	n := 100
	if testing.Short() {
		n = 30
	}
	body := func(name string) []byte {
		text, err := os.ReadFile("../events-samples/signalbox/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	approved := rehearsal.Template{Name: "order", Type: retail.TypeOrderApproved, Body: body("order.approved"), Unique: []string{"id", "subject"}}
	var functions []catalog.Function
	for _, name := range []string{"order-approved-shipping", "order-cancelled-shipping"} {
		f, ok := catalog.FunctionByName(name)
		if !ok {
			t.Fatalf("the catalog has no %s", name)
		}
		functions = append(functions, f)
	}
	stage, err := rehearsal.NewStage(rehearsal.Options{
		Functions: functions, AWS: awstest.Options{Speed: speed, Disorder: 7}, Visibility: visibility * speed,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stage.Close()
	var placed, calledOff []rehearsal.Item
	cancelled := rehearsal.Template{Name: "called off", Type: retail.TypeOrderCancelled, Body: body("order.cancelled"), Unique: []string{"id"}}
	for i := range n {
		order, err := approved.Item(i)
		if err != nil {
			t.Fatal(err)
		}
		item, err := cancelled.Item(i)
		if err != nil {
			t.Fatal(err)
		}
		item.Body = bytes.ReplaceAll(item.Body, []byte("5e1c9a72-8f40-4d6b-b3a9-2c7d8e9f0a14"), []byte(order.Marks[1]))
		placed, calledOff = append(placed, order), append(calledOff, item)
	}
	out := &tail{}
	plan := rehearsal.Plan{
		Bootstrap: bootstraps(t), Timeout: timeout, Stdout: out, Environment: []string{"SIGNALBOX_ASK_AFTER=" + askAfter.String(), "AWS_LAMBDA_LOG_LEVEL=WARN"},
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if _, err := stage.Perform(ctx, plan, placed); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	plan.Seed, plan.Duplicate, plan.Kill, plan.Vendor, plan.AWS = 11, 0.05, 0.05, vendorFaults(), awsFaults()
	run, err := stage.Perform(ctx, plan, calledOff)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Log(run.Counts)
	double := stage.Doubles["fedex"].Double.(*fedextest.Double)
	shipments := double.Shipments()
	if len(shipments) != n {
		t.Errorf("%d shipments of %d orders", len(shipments), n)
	}
	for _, s := range shipments {
		if !s.Cancelled {
			t.Errorf("shipment %s of an order that was called off is on its way", s.TrackingNumber)
		}
	}
	for _, f := range functions {
		if dead := stage.AWS.Depth(rehearsal.DeadLetter(f)); dead != 0 {
			t.Errorf("%s: %d dead letters", f.Name, dead)
		}
	}
}
