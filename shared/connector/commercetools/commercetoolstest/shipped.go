package commercetoolstest

import "github.com/go-json-experiment/json"

const (
	// ShippedOrder is the id of a copy of SampleOrder that every double has, with all
	// its pieces in transit in one parcel.
	ShippedOrder = "c07e5d1a-2b93-4f68-8a0d-1e6f7a8b9c25"
	// ShippedNumber is its number.
	ShippedNumber = "SB-20433"
	// ShippedTracking is the tracking number of its parcel.
	ShippedTracking = "794953535777"
)

// parcel holds the fields of a carrier's report about a parcel.
type parcel struct {
	OrderNumber    string `json:"orderNumber"`
	TrackingNumber string `json:"trackingNumber"`
}

// putShipped adds an order of that number as a copy of ShippedOrder, unless the
// double has one.
func (d *Double) putShipped(p parcel) error {
	d.mu.Lock()
	id, _ := d.route("/" + Project + "/orders/order-number=" + p.OrderNumber)
	d.mu.Unlock()
	if id != "" {
		return nil
	}
	var o object
	if err := json.Unmarshal(sampleOrder, &o); err != nil {
		return err
	}
	o["id"], o["orderNumber"], o["shipmentState"] = "shipped-"+p.OrderNumber, p.OrderNumber, "Shipped"
	if p.OrderNumber == ShippedNumber {
		o["id"] = ShippedOrder
	}
	var items []any
	for _, line := range objects(o["lineItems"]) {
		items = append(items, object{"id": line["id"], "quantity": line["quantity"]})
	}
	o["shippingInfo"].(object)["deliveries"] = []any{object{
		"id": "5b0c7d1e-91a2-4c3d-8e4f-60718293a4b5", "key": "signalbox-shipped", "createdAt": o["createdAt"], "items": items,
		"parcels": []any{object{
			"id": "6c1d8e2f-a2b3-4d4e-9f50-718293a4b5c6", "key": "signalbox-shipped", "createdAt": o["createdAt"],
			"trackingData": object{"trackingId": p.TrackingNumber, "carrier": "FedEx"},
		}},
	}}
	return d.PutOrder(encode(o))
}
