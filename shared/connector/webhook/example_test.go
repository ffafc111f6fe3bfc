package webhook_test

import (
	"context"
	"fmt"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/webhook"
	"signalbox/shared/connector/webhook/webhooktest"
)

// A purchase goes to the supplier of the SKU, signed by Standard Webhooks. A
// repetition has the same id, by which the supplier recognizes it.
func ExampleClient_Send() {
	double := webhooktest.New()
	server := connectortest.Serve(double)
	defer server.Close()
	settings := double.Settings(server.URL)
	settings["WEBHOOK_BASE_URL"] = server.URL
	settings["WEBHOOK_SUPPLIERS"] = `{"lumen":{"url":"https://orders.lumen.example/hooks/signalbox","skus":{"LANTERN-LED":{"part":"LED-20","quantity":60}}}}`
	client, err := webhook.New(config.Static(settings, map[string]map[string]string{"webhook": double.Secret()}), time.Now)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(client.Supplies("LANTERN-LED"), client.Supplies("TEAPOT"))
	at := time.Now()
	for range 2 {
		fmt.Println(client.Send(context.Background(), webhook.Order{ID: "event-1", At: at, SKU: "LANTERN-LED"}))
	}
	fmt.Println(len(double.Effects()), "purchase")
	// Output:
	// true false
	// <nil>
	// <nil>
	// 1 purchase
}
