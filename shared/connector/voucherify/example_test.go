package voucherify_test

import (
	"context"
	"fmt"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/voucherify/voucherifytest"
)

func Example() {
	double := voucherifytest.New()
	server := connectortest.Serve(double)
	defer server.Close()
	client, err := connect(double, server.URL, nil, nil)
	if err != nil {
		panic(err)
	}
	for range 2 {
		if err := client.PayOrder(context.Background(), order(), usd(12480)); err != nil {
			panic(err)
		}
	}
	fmt.Println(double.Points("c-1"), "points")
	if err := client.CancelOrder(context.Background(), "o-1"); err != nil {
		panic(err)
	}
	fmt.Println(double.Points("c-1"), "points")
	// Output:
	// 124 points
	// 0 points
}
