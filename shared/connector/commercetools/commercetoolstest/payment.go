package commercetoolstest

import "github.com/go-json-experiment/json"

// changeState does what a person or a payment integration does to an order's
// state of that name. The order's version stays, so that whoever just read it may write.
func (d *Double) changeState(field, id string, number any, state string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, known := d.orders[id]
	if known {
		o = clone(o)
	} else {
		if err := json.Unmarshal(sampleOrder, &o); err != nil {
			panic("commercetoolstest: " + err.Error())
		}
		o["id"] = id
		if number != nil {
			o["orderNumber"] = number
		}
	}
	o[field] = state
	d.orders[id] = o
}

// withPayments returns the order with a payment in the place of the first
// reference to one: what fits its payment state, taken from a card.
func withPayments(o object) object {
	o = clone(o)
	info, _ := o["paymentInfo"].(object)
	references, _ := info["payments"].([]any)
	if len(references) == 0 {
		return o
	}
	reference, _ := references[0].(object)
	total := o["totalPrice"]
	if taxed, ok := o["taxedPrice"].(object); ok && taxed["totalGross"] != nil {
		total = taxed["totalGross"]
	}
	transaction := func(kind, state, id string) object {
		return object{"id": id, "type": kind, "state": state, "amount": total, "timestamp": o["createdAt"], "interactionId": "ch_" + id}
	}
	var transactions []any
	switch o["paymentState"] {
	case "Paid":
		transactions = []any{transaction("Charge", "Success", "charge")}
	case "CreditOwed":
		transactions = []any{transaction("Charge", "Success", "charge"), transaction("Refund", "Success", "refund")}
	default:
		transactions = []any{transaction("Charge", "Pending", "charge")}
	}
	reference["obj"] = object{
		"id": reference["id"], "version": 2, "createdAt": o["createdAt"], "lastModifiedAt": o["createdAt"],
		"interfaceId": "pi_double", "amountPlanned": total, "paymentStatus": object{}, "interfaceInteractions": []any{},
		"paymentMethodInfo": object{"paymentInterface": "STRIPE", "method": "CREDIT_CARD"},
		"transactions":      transactions,
	}
	return o
}
