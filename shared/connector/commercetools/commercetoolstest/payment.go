package commercetoolstest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"signalbox/shared/connector/connectortest"
)

// changeState sets the order's state of that name, as a person or a payment
// integration does. The order's version stays, so that a client that has just read
// the order may write it.
func (d *Double) changeState(field, id string, number any, state string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, _ := d.known(id, number)
	o[field] = state
	d.orders[id] = o
}

// known returns a copy of an order and true, or a copy of SampleOrder with another
// payment, and false.
func (d *Double) known(id string, number any) (object, bool) {
	if o, known := d.orders[id]; known {
		return clone(o), true
	}
	var o object
	if err := json.Unmarshal(sampleOrder, &o); err != nil {
		panic("commercetoolstest: " + err.Error())
	}
	o["id"] = id
	if number != nil {
		o["orderNumber"] = number
	}
	payment := uuid.NewSHA1(uuid.NameSpaceOID, []byte("payment "+id)).String()
	o["paymentInfo"] = object{"payments": []any{object{"typeId": "payment", "id": payment}}}
	return o, false
}

// withPayments returns the order with a card payment instead of the first reference
// to one. The payment has the reported transactions, or those that fit the payment
// state, and the ones that were added later.
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
	if reported := d.transactions[id]; reported != nil {
		transactions = nil
		if first := reported[0].(object); first["type"] != "Charge" {
			// A refund needs an earlier charge.
			transactions = []any{transaction("Charge", "Success", "charge")}
		}
		for _, t := range reported {
			one := transaction("", "", "told")
			maps.Copy(one, t.(object))
			transactions = append(transactions, one)
		}
	}
	added := d.added[id]
	transactions = append(transactions, added...)
	reference["obj"] = object{
		"id": id, "version": 2 + len(added), "createdAt": o["createdAt"], "lastModifiedAt": o["createdAt"],
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

// addTransaction adds a transaction to a payment. If no order refers to the payment,
// the payment's id becomes the id of a copy of SampleOrder.
func (d *Double) addTransaction(payment string, t object) {
	d.mu.Lock()
	defer d.mu.Unlock()
	others := slices.DeleteFunc(d.transactions[payment], func(v any) bool { return v.(object)["id"] == t["id"] })
	d.transactions[payment] = append(others, clone(t))
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

// ordersOf returns the ids of the orders that refer to the payment.
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
// supports: paymentInfo(payments(id="…")).
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

// updatePayment adds the transactions of an update, all or none. A payment
// integration would carry them out.
func (d *Double) updatePayment(w http.ResponseWriter, r *http.Request, id string) {
	order := ""
	for _, candidate := range slices.Sorted(maps.Keys(d.orders)) {
		info, _ := d.orders[candidate]["paymentInfo"].(object)
		for _, reference := range objects(info["payments"]) {
			if reference["id"] == id {
				order = candidate
			}
		}
	}
	if order == "" {
		refuse(w, http.StatusNotFound, "ResourceNotFound", "The Resource was not found.", nil)
		return
	}
	actions, ok := readUpdate(w, r, id, int64(2+len(d.added[id])))
	if !ok {
		return
	}
	added := slices.Clone(d.added[id])
	for _, action := range actions {
		transaction, p := addedTransaction(action, fmt.Sprint(id, " ", len(added)))
		if p != nil {
			refuse(w, http.StatusBadRequest, p.code, p.message, nil)
			return
		}
		added = append(added, transaction)
	}
	for _, transaction := range objects(added[len(d.added[id]):]) {
		if transaction["type"] == "Refund" {
			d.effects = append(d.effects, connectortest.Effect{Reference: order, What: "refund " + cents(transaction), Caller: connectortest.Caller(r), At: time.Now().UTC()})
		}
	}
	d.added[id] = added
	info := d.withPayments(d.orders[order])["paymentInfo"].(object)
	answer(w, http.StatusOK, objects(info["payments"])[0]["obj"])
}

const (
	transactionTypes  = "Authorization CancelAuthorization Charge Refund Chargeback"
	transactionStates = "Initial Pending Success Failure"
)

func addedTransaction(action object, seed string) (object, *problem) {
	if action["action"] != "addTransaction" {
		return nil, invalidInput("Invalid action %v", action["action"])
	}
	draft, _ := action["transaction"].(object)
	amount, _ := draft["amount"].(object)
	kind, _ := draft["type"].(string)
	state, given := draft["state"].(string)
	if !given {
		state = "Initial"
	}
	units, isNumber := amount["centAmount"].(float64)
	currency, _ := amount["currencyCode"].(string)
	switch {
	case !slices.Contains(strings.Fields(transactionTypes), kind):
		return nil, invalidInput("Malformed parameter: transaction.type")
	case !slices.Contains(strings.Fields(transactionStates), state):
		return nil, invalidInput("Malformed parameter: transaction.state")
	case !isNumber || units != float64(int64(units)) || len(currency) != 3:
		return nil, invalidInput("Malformed parameter: transaction.amount")
	}
	transaction := object{
		"id": uuid.NewSHA1(uuid.NameSpaceOID, []byte(seed)).String(), "type": kind, "state": state,
		"amount": object{"type": "centPrecision", "currencyCode": currency, "centAmount": units, "fractionDigits": 2},
	}
	for _, field := range []string{"timestamp", "interactionId", "interfaceId"} {
		if v, ok := draft[field]; ok {
			transaction[field] = v
		}
	}
	return transaction, nil
}

func cents(transaction object) string {
	amount := transaction["amount"].(object)
	return fmt.Sprint(amount["centAmount"], " ", amount["currencyCode"])
}

// Transactions returns the transactions that were added to the payments of an order.
func (d *Double) Transactions(orderID string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := []any{}
	info, _ := d.orders[orderID]["paymentInfo"].(object)
	for _, reference := range objects(info["payments"]) {
		id, _ := reference["id"].(string)
		all = append(all, d.added[id]...)
	}
	return encode(all)
}
