package stripe_test

import (
	"context"
	"fmt"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/stripe"
	"signalbox/shared/connector/stripe/stripetest"
	"signalbox/shared/event/retail"
)

// Radar evaluates the payment of an order. Asked twice for one event it makes one
// evaluation: the event's id is the idempotency key.
func ExampleClient_Evaluate() {
	double := stripetest.New()
	server := connectortest.Serve(double)
	defer server.Close()
	client, err := stripe.New(config.Static(
		map[string]string{"STRIPE_BASE_URL": server.URL}, map[string]map[string]string{"stripe": double.Secret()},
	))
	if err != nil {
		fmt.Println(err)
		return
	}
	price := retail.Money{Currency: "USD", Amount: 4990, FractionDigits: 2}
	order := retail.Order{
		ID: "o-1", Number: "A-1", Version: 1, PlacedAt: time.Now(), Total: price, Customer: retail.Customer{Email: "ada@example.com"},
		Lines: []retail.Line{{ID: "l-1", Quantity: 1, UnitPrice: price, Total: price}}, PaymentMethod: "pm_card_riskLevelElevated", RiskSession: "rse_1",
	}
	for range 2 {
		e, err := client.Evaluate(context.Background(), "event-1", order)
		fmt.Println(e.Action, e.Level, err)
	}
	fmt.Println(len(double.Effects()), "evaluation")
	// Output:
	// continue elevated <nil>
	// continue elevated <nil>
	// 1 evaluation
}
