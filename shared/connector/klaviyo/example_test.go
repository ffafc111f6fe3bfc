package klaviyo_test

import (
	"context"
	"fmt"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/connector/klaviyo/klaviyotest"
	"signalbox/shared/event/retail"
)

func Example() {
	double := klaviyotest.New()
	server := connectortest.Serve(double)
	defer server.Close()

	client, err := klaviyo.New(config.Static(
		map[string]string{"KLAVIYO_BASE_URL": server.URL},
		map[string]map[string]string{"klaviyo": double.Secret()},
	))
	if err != nil {
		panic(err)
	}
	order := retail.Order{
		ID: "o-1", Number: "A-1", PlacedAt: time.Date(2026, 2, 3, 9, 15, 22, 0, time.UTC),
		Customer: retail.Customer{Email: "max@example.com"},
		Total:    retail.Money{Currency: "EUR", Amount: 1999, FractionDigits: 2},
	}
	for range 2 {
		if err := client.PlacedOrder(context.Background(), "e-1", order); err != nil {
			panic(err)
		}
	}
	for _, e := range double.Events() {
		fmt.Println(e.Metric, e.UniqueID, e.Value, e.Currency)
	}
	// Output: Placed Order e-1 19.99 EUR
}
