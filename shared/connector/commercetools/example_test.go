package commercetools_test

import (
	"context"
	"fmt"

	"signalbox/shared/config"
	"signalbox/shared/connector/commercetools"
	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
)

// An order is found by the number that people and carriers use. That there is none
// of the number is an answer, not an error.
func ExampleClient_OrderIDByNumber() {
	double := commercetoolstest.New()
	server := connectortest.Serve(double)
	defer server.Close()
	settings := double.Settings(server.URL)
	settings[config.BaseURLName(double.System())] = server.URL
	client, err := commercetools.New(
		config.Static(settings, map[string]map[string]string{double.System(): double.Secret()}),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := double.PutOrder([]byte(`{"id":"o-1","version":1,"orderNumber":"A-1"}`)); err != nil {
		fmt.Println(err)
		return
	}
	for _, number := range []string{"A-1", "B-9"} {
		id, found, err := client.OrderIDByNumber(context.Background(), number)
		fmt.Printf("%s: %q %t %v\n", number, id, found, err)
	}
	// Output:
	// A-1: "o-1" true <nil>
	// B-9: "" false <nil>
}
