package salesforce_test

import (
	"context"
	"fmt"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/salesforce"
	"signalbox/shared/connector/salesforce/salesforcetest"
	"signalbox/shared/event/retail"
)

func Example() {
	double := salesforcetest.New()
	server := connectortest.Serve(double)
	defer server.Close()
	settings := double.Settings(server.URL)
	settings["SALESFORCE_BASE_URL"] = server.URL

	client, err := salesforce.New(config.Static(settings, map[string]map[string]string{"salesforce": double.Secret()}))
	if err != nil {
		panic(err)
	}
	customer := retail.Customer{ID: "c-1", FirstName: "Max", LastName: "Muster"}
	for range 2 {
		if err := client.UpsertCustomer(context.Background(), customer); err != nil {
			panic(err)
		}
	}
	for _, e := range double.Effects() {
		fmt.Println(e.Reference, e.What)
	}
	// Output: c-1 Account created
}
