package workday_test

import (
	"context"
	"fmt"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/workday/workdaytest"
)

func Example() {
	double := workdaytest.New()
	server := connectortest.Serve(double)
	defer server.Close()
	client, err := connect(double, map[string]string{"WORKDAY_BASE_URL": server.URL}, nil)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	if _, err := client.RecordPayment(ctx, payment()); err != nil {
		panic(err)
	}
	_, found, err := client.FindPayment(ctx, "A-100045")
	fmt.Println(found, err)
	// Output: true <nil>
}
