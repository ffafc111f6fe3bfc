package carrier_test

import (
	"fmt"

	"signalbox/shared/source/carrier"
)

func ExampleOpen() {
	events, err := carrier.Open("msg_1", []byte(`{
		"type": "shipment.delivered", "timestamp": "2026-03-04T16:21:09Z",
		"data": {"parcel": {"orderNumber": "A-1", "carrier": "Dispatch", "trackingNumber": "D42"}, "deliveredAt": "2026-03-04T16:20:00Z"}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(events[0].Type, events[0].Subject)

	_, err = carrier.Open("msg_2", []byte(`{"type": "shipment.weighed", "timestamp": "2026-03-04T16:21:09Z", "data": {}}`))
	fmt.Println(err)
	// Output:
	// shipment.delivered A-1
	// ignored: type
}
