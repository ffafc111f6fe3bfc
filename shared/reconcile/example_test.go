package reconcile_test

import (
	"fmt"

	"signalbox/shared/reconcile"
)

// An order was placed. One function told the CRM, and the other dead-lettered the
// event with its reason: that is as promised. Without the dead letter it is not.
func Example() {
	placed, err := reconcile.ParseEvent([]byte(`{"id":"e-1","type":"order.created","data":{"order":{"number":"SB-1"}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	in := reconcile.Input{
		Functions: []reconcile.Function{
			{Name: "order-created-crm", Event: "order.created", System: "salesforce", ActsAlways: true},
			{Name: "order-created-fraud", Event: "order.created", System: "stripe", Emits: []string{"order.approved"}},
		},
		Events:      []reconcile.Event{placed},
		Outcomes:    []reconcile.Outcome{{Function: "order-created-crm", Message: "m-1", Event: "e-1", Kind: reconcile.KindApplied}},
		Effects:     []reconcile.Effect{{System: "salesforce", Caller: "order-created-crm", Reference: "SB-1", What: "Order__c created"}},
		DeadLetters: []reconcile.DeadLetter{{Function: "order-created-fraud", EventID: "e-1", Reason: "stripe-400"}},
	}
	fmt.Println(reconcile.Reconcile(in))
	in.DeadLetters = nil
	report := reconcile.Reconcile(in)
	fmt.Println(report)
	fmt.Println(report.Problems()[0])
	// Output:
	// all accounted for: 1 event, 2 reactions, 0 lost, 0 duplicated, 0 stuck
	// NOT all accounted for: 1 event, 2 reactions, 1 lost, 0 duplicated, 0 stuck
	// order-created-fraud: order.created e-1 is lost: not applied, not dead-lettered, not in the queue
}
