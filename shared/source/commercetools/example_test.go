package commercetools_test

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"signalbox/shared/source/commercetools"
)

// A notification of the own project becomes business events. One of another project
// is refused, and the test notification of a new subscription is ignored.
func ExampleSource_Open() {
	order, err := os.ReadFile("../../../events-samples/commercetools/order-created.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	source := commercetools.Source{Project: "acme-dev"}
	for _, body := range [][]byte{
		order,
		bytes.Replace(order, []byte(`"acme-dev"`), []byte(`"another-shop"`), 1),
		[]byte(`{"notificationType":"ResourceCreated","projectKey":"acme-dev","resource":{"typeId":"subscription","id":"s-1"}}`),
	} {
		events, err := source.Open(context.Background(), body)
		for _, e := range events {
			fmt.Println(e.Type, e.Subject)
		}
		if err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// order.created 6f2d8c1e-4b7a-4e0d-9c35-a1b2c3d4e501
	// order.paid 6f2d8c1e-4b7a-4e0d-9c35-a1b2c3d4e501
	// commercetools-foreign-project: message: expected the project of this stage
	// ignored: subscription-test
}
