package sample_test

import (
	"fmt"

	"signalbox/shared/catalog"
	"signalbox/shared/sample"
)

// Invoke a function with the samples of its event, in the envelopes of
// EventBridge and SQS.
func ExampleFor() {
	samples, err := sample.Load("../../events-samples")
	if err != nil {
		fmt.Println(err)
		return
	}
	f, _ := catalog.FunctionByName("order-approved-shipping")
	bodies, err := sample.For(samples, f)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(bodies[0].Name)
	fmt.Printf("%.25s\n", sample.SQS(bodies[0].Body))
	// Output:
	// order.approved
	// {"Records":[{"messageId":
}
