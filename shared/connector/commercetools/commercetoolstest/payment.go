package commercetoolstest

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// changePaymentState does what a person or a payment integration does to an
// order. The order's version stays, so that whoever just read it may write.
func (d *Double) changePaymentState(id string, number any, state string) {
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
	o["paymentState"] = state
	d.orders[id] = o
}

// withPayments returns the order with a payment in the place of the first
// reference to one: what fits its payment state or notifications told of, taken
// from a card.
func (d *Double) withPayments(o object) object {
	o = clone(o)
	info, _ := o["paymentInfo"].(object)
	references, _ := info["payments"].([]any)
	if len(references) == 0 {
		return o
	}
	reference, _ := references[0].(object)
	total := whole(o)
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
	id, _ := reference["id"].(string)
	if told := d.transactions[id]; told != nil {
		transactions = nil
		if first := told[0].(object); first["type"] != "Charge" {
			// What goes back was charged before.
			transactions = []any{transaction("Charge", "Success", "charge")}
		}
		for _, t := range told {
			one := transaction("", "", "told")
			maps.Copy(one, t.(object))
			transactions = append(transactions, one)
		}
	}
	reference["obj"] = object{
		"id": reference["id"], "version": 2, "createdAt": o["createdAt"], "lastModifiedAt": o["createdAt"],
		"interfaceId": "pi_double", "amountPlanned": total, "paymentStatus": object{}, "interfaceInteractions": []any{},
		"paymentMethodInfo": object{"paymentInterface": "STRIPE", "method": "CREDIT_CARD"},
		"transactions":      transactions,
	}
	return o
}

func whole(o object) any {
	if taxed, ok := o["taxedPrice"].(object); ok && taxed["totalGross"] != nil {
		return taxed["totalGross"]
	}
	return o["totalPrice"]
}

// addTransaction lets a payment have a transaction. An order of the payment that
// is not known yet becomes one like SampleOrder under the payment's id.
func (d *Double) addTransaction(payment string, t object) {
	d.mu.Lock()
	defer d.mu.Unlock()
	told := slices.DeleteFunc(d.transactions[payment], func(v any) bool { return v.(object)["id"] == t["id"] })
	d.transactions[payment] = append(told, clone(t))
	if len(d.ordersOf(payment)) > 0 {
		return
	}
	var o object
	if err := json.Unmarshal(sampleOrder, &o); err != nil {
		panic("commercetoolstest: " + err.Error())
	}
	o["id"], o["orderNumber"] = payment, payment
	o["paymentInfo"] = object{"payments": []any{object{"typeId": "payment", "id": payment}}}
	d.orders[payment] = o
}

// ordersOf returns the ids of the orders that name the payment.
func (d *Double) ordersOf(payment string) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(d.orders)) {
		info, _ := d.orders[id]["paymentInfo"].(object)
		for _, reference := range objects(info["payments"]) {
			if reference["id"] == payment {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// queryOrders answers GET /orders for the one predicate that the double
// understands: paymentInfo(payments(id="…")).
func (d *Double) queryOrders(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, lok := count(query, "limit", 20, 500)
	inner, found := strings.CutPrefix(query.Get("where"), "paymentInfo(payments(id=")
	payment, rest, ok := quoted(inner)
	if !found || !ok || rest != "))" || !lok || len(query["where"]) != 1 {
		refuse(w, http.StatusBadRequest, "InvalidInput", "Malformed parameter: where or limit.", nil)
		return
	}
	results := []any{}
	for _, id := range d.ordersOf(payment) {
		o := d.orders[id]
		if slices.Contains(query["expand"], "paymentInfo.payments[*]") && d.mayReadPayments(r) {
			o = d.withPayments(o)
		}
		if len(results) < limit {
			results = append(results, o)
		}
	}
	answer(w, http.StatusOK, object{"limit": limit, "offset": 0, "count": len(results), "results": results})
}
