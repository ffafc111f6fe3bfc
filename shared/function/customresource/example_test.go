package customresource_test

import (
	"context"
	"fmt"

	"signalbox/shared/function/customresource"
	"signalbox/shared/function/schedule"
)

// Apply makes the resource what CloudFormation asks for. It may be called twice for
// one request, so it creates what is not there and nothing else.
func ExampleProvider() {
	subscriptions := map[string]bool{}
	p := customresource.Provider{
		Run: func(context.Context, schedule.Invocation) (schedule.Report, error) {
			return schedule.Report{Counts: map[string]int{"Subscriptions": len(subscriptions)}}, nil
		},
		Apply: func(_ context.Context, r customresource.Request) (customresource.Resource, error) {
			if r.Type == "Delete" {
				delete(subscriptions, r.ID)
				return customresource.Resource{ID: r.ID}, nil
			}
			subscriptions["orders"] = true
			return customresource.Resource{ID: "orders", Attributes: map[string]string{"Key": "orders"}}, nil
		},
	}
	for _, r := range []customresource.Request{{Type: "Create"}, {Type: "Create"}, {Type: "Delete", ID: "orders"}} {
		made, err := p.Apply(context.Background(), r)
		report, _ := p.Run(context.Background(), schedule.Invocation{})
		fmt.Println(r.Type, made.ID, report.Counts["Subscriptions"], err)
	}
	// Output:
	// Create orders 1 <nil>
	// Create orders 1 <nil>
	// Delete orders 0 <nil>
}
