package commercetoolstest_test

import (
	"fmt"
	"sync"
	"testing"

	"signalbox/shared/connector/commercetools/commercetoolstest"
)

// Reports of parcels add orders while other orders are put.
func TestParcelsAreTakenWhileOrdersArePut(t *testing.T) {
	d := commercetoolstest.New()
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			body := fmt.Appendf(nil, `{"type":"shipment.delivered","data":{"parcel":{"orderNumber":"P-%d","trackingNumber":"794"}}}`, i)
			if err := d.PutNotification(body); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if err := d.PutOrder(fmt.Appendf(nil, `{"id":"o-%d","version":1,"orderNumber":"A-%d"}`, i, i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
