package fedex_test

import (
	"fmt"

	"signalbox/shared/source/fedex"
)

// A push repeats all scans; the same scan always becomes the same event.
func ExampleOpen() {
	push := []byte(`{"trackResults": [{
		"trackingNumberInfo": {"trackingNumber": "794999"},
		"scanEvents": [
			{"date": "2026-03-04T17:20:00+01:00", "eventType": "DL"},
			{"date": "2026-03-04T08:05:00+01:00", "eventType": "OD"}
		]
	}]}`)
	first, err := fedex.Open(push)
	if err != nil {
		fmt.Println(err)
		return
	}
	again, _ := fedex.Open(push)
	for i, e := range first {
		fmt.Println(e.Type, e.Subject, e.ID == again[i].ID)
	}
	// Output: shipment.delivered 794999 true
}
