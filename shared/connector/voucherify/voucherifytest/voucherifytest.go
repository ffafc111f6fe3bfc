// Package voucherifytest is the double of a Voucherify project. Serve it with
// connectortest and read the results with Customer, Order and Points.
//
// It checks the application's keys, stores customers and orders by their source ids,
// and counts the points that its one earning rule awards for a paid order and takes
// back for a cancelled one.
package voucherifytest

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/strictjson"
)

const (
	appID    = "double-app-id"
	appToken = "double-app-token"
	// Currency is the project's currency.
	Currency = "USD"
)

// Double is one project. It is safe for concurrent use.
type Double struct {
	mu        sync.Mutex
	orders    map[string]*Order
	customers map[string]Customer
	effects   []connectortest.Effect
}

// Order is an order of the project.
type Order struct {
	SourceID, Status string
	// Amount counts hundredths.
	Amount   int64
	Customer string
	Items    int

	// presumed tells that it is known by a notification alone: that it is paid is
	// still an effect when it is reported.
	presumed bool
}

// New returns a project without orders.
func New() *Double { return &Double{orders: map[string]*Order{}, customers: map[string]Customer{}} }

var _ connectortest.Double = (*Double)(nil)

// System is "voucherify".
func (d *Double) System() string { return "voucherify" }

// Secret is the application's id and token.
func (d *Double) Secret() map[string]string {
	return map[string]string{"app_id": appID, "app_token": appToken}
}

// Settings name the project's currency.
func (d *Double) Settings(string) map[string]string {
	return map[string]string{"VOUCHERIFY_CURRENCY": Currency}
}

// Effects are the changes of an order's status and of a customer, by the source id. A
// repetition that changes nothing is not an effect.
func (d *Double) Effects() []connectortest.Effect {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.effects)
}

// Order returns an order by its source id.
func (d *Double) Order(sourceID string) (Order, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, ok := d.orders[sourceID]
	if !ok {
		return Order{}, false
	}
	return *o, true
}

// Points are a customer's points: one for each whole unit of the currency in the
// amounts of paid orders.
func (d *Double) Points(customer string) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	var points int64
	for _, o := range d.orders {
		if o.Customer == customer && o.Status == "PAID" {
			points += o.Amount / 100
		}
	}
	return points
}

// PutNotification adds the paid order of a notification about a due refund, since
// such an order was paid earlier, and the customer of a notification that demands an
// erasure.
func (d *Double) PutNotification(body []byte) error {
	var n struct {
		Notification string `json:"notificationType"`
		Type         string `json:"type"`
		PaymentState string `json:"paymentState"`
		Erasure      bool   `json:"dataErasure"`
		Resource     struct {
			TypeID string `json:"typeId"`
			ID     string `json:"id"`
		} `json:"resource"`
	}
	if json.Unmarshal(body, &n) != nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case n.Notification == "ResourceDeleted" && n.Resource.TypeID == "customer" && n.Erasure:
		d.customers[n.Resource.ID] = Customer{SourceID: n.Resource.ID}
		return nil
	case n.Type != "OrderPaymentStateChanged" || n.PaymentState != "CreditOwed":
		return nil
	}
	if d.orders[n.Resource.ID] == nil {
		d.orders[n.Resource.ID] = &Order{SourceID: n.Resource.ID, Status: "PAID", presumed: true}
	}
	return nil
}

// ServeHTTP answers as Voucherify does.
func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id, byID := strings.CutPrefix(r.URL.Path, "/v1/orders/")
	customer, forget := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/v1/customers/"), "/permanent-deletion")
	switch {
	case r.Header.Get("X-App-Id") != appID || r.Header.Get("X-App-Token") != appToken:
		refuse(w, http.StatusUnauthorized, "unauthorized", "Unauthorized")
	case r.Method == http.MethodPost && r.URL.Path == "/v1/orders":
		d.write(w, r, "")
	case r.Method == http.MethodPost && r.URL.Path == "/v1/customers":
		d.writeCustomer(w, r)
	case r.Method == http.MethodPost && forget && customer != "":
		d.forget(w, r, customer)
	case r.Method == http.MethodPut && byID && id != "":
		if d.orders[id] == nil {
			refuse(w, http.StatusNotFound, "not_found", "Resource not found")
			return
		}
		d.write(w, r, id)
	default:
		refuse(w, http.StatusNotFound, "resource_not_found", "Resource not found")
	}
}

type request struct {
	SourceID string `json:"source_id"`
	Status   string `json:"status"`
	Amount   *int64 `json:"amount"`
	Customer *struct {
		SourceID string `json:"source_id"`
	} `json:"customer"`
	Items []struct {
		Object string `json:"object"`
	} `json:"items"`
}

var statuses = []string{"CREATED", "PAID", "CANCELED", "FULFILLED"}

// write creates or updates an order; omitted fields stay.
func (d *Double) write(w http.ResponseWriter, r *http.Request, id string) {
	body, err := io.ReadAll(r.Body)
	var in request
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || strictjson.Unmarshal("body", body, &in) != nil {
		refuse(w, http.StatusBadRequest, "invalid_payload", "Invalid payload")
		return
	}
	if id == "" {
		id = in.SourceID
	}
	o := d.orders[id]
	if o == nil {
		o = &Order{SourceID: id, Status: "CREATED"}
	}
	next := *o
	if in.Status != "" {
		next.Status = in.Status
	}
	if in.Amount != nil {
		next.Amount = *in.Amount
	}
	if in.Customer != nil {
		next.Customer = in.Customer.SourceID
	}
	if in.Items != nil {
		next.Items = len(in.Items)
	}
	wrong := func(i int) bool { return in.Items[i].Object != "order_item" }
	bad := false
	for i := range in.Items {
		bad = bad || wrong(i)
	}
	if id == "" || bad || !slices.Contains(statuses, next.Status) || next.Amount < 0 || len(in.Items) > 500 {
		refuse(w, http.StatusBadRequest, "invalid_payload", "Invalid payload")
		return
	}
	now := time.Now().UTC()
	paid := in.Status == "PAID" && o.presumed
	next.presumed = o.presumed && !paid
	if d.orders[id] == nil || paid || o.Status != next.Status {
		d.effects = append(d.effects, connectortest.Effect{Reference: id, What: "order " + next.Status, Caller: connectortest.Caller(r), At: now})
	}
	d.orders[id] = &next
	answer(w, http.StatusOK, map[string]any{
		"id": fmt.Sprintf("ord_%s", id), "source_id": id, "object": "order", "status": next.Status,
		"created_at": now.Format(time.RFC3339Nano), "updated_at": now.Format(time.RFC3339Nano),
		"amount": next.Amount, "total_amount": next.Amount, "customer": map[string]any{"id": "cust_" + next.Customer, "object": "customer"},
		"customer_id": "cust_" + next.Customer, "referrer_id": nil, "metadata": map[string]any{},
	})
}

func refuse(w http.ResponseWriter, status int, key, message string) {
	answer(w, status, map[string]any{"code": status, "key": key, "message": message, "details": "Details may quote what was sent", "request_id": "v-0a1b2c3d4e5f"})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, body, json.Deterministic(true))
}
