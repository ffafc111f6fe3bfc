// Package commercetoolstest is the double of commercetools: an authorization
// server and the orders, inventory entries, cart discounts and customers of one
// project.
//
//	double := commercetoolstest.New() // has SampleOrder, SampleCustomer and others
//	err := double.PutNotification(body) // adds the resource of a notification
//	server := connectortest.Serve(double)
//
// Orders and discounts have versions, updates of an old version are refused, and
// all actions of an update happen or none.
//
// Where commercetools' behaviour is not documented, the double does what is worst
// for the client: a delivery whose key the order already has is a second delivery,
// and items that are not in the order are refused.
package commercetoolstest

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/connector/connectortest"
)

const (
	// Project is the key of the double's project.
	Project = "acme-dev"
	// SampleOrder is the id of the order that every double has, the subject of
	// events-samples/commercetools/order-created.payload-not-included.json.
	SampleOrder = "8b4fae30-6d9c-4a2f-9e57-c3d4e5f6a703"

	clientID     = "double-client"
	clientSecret = "double-secret"
)

//go:embed order.json
var sampleOrder []byte

// Double is one project. It is safe for concurrent use.
type Double struct {
	mu      sync.Mutex
	orders  map[string]object
	entries map[string]object
	// transactions are those that notifications reported, by payment.
	transactions map[string][]any
	// discounts are cart discounts by their key.
	discounts map[string]object
	// customers by their id.
	customers map[string]object
	// added are the transactions that were added to payments, by payment.
	added    map[string][]any
	tokens   map[string]grant
	issued   int
	lifetime time.Duration
	effects  []connectortest.Effect

	subscriptions subscriptions
	messages      []object
}

// object is a JSON object.
type object = map[string]any

type grant struct {
	scopes  []string
	expires time.Time
}

// New returns a double that has the order SampleOrder.
func New() *Double {
	d := &Double{orders: map[string]object{}, entries: map[string]object{}, discounts: map[string]object{}, customers: map[string]object{}, transactions: map[string][]any{}, added: map[string][]any{}, tokens: map[string]grant{}, lifetime: 48 * time.Hour}
	if err := d.PutOrder(sampleOrder); err != nil {
		panic("commercetoolstest: " + err.Error())
	}
	if err := d.putShipped(parcel{ShippedNumber, ShippedTracking}); err != nil {
		panic("commercetoolstest: " + err.Error())
	}
	if err := d.PutCustomer(sampleCustomer); err != nil {
		panic("commercetoolstest: " + err.Error())
	}
	if err := d.putDiscount(sampleDiscount); err != nil {
		panic("commercetoolstest: " + err.Error())
	}
	if err := d.putEntries(sampleInventory); err != nil {
		panic("commercetoolstest: " + err.Error())
	}
	return d
}

// System returns "commercetools".
func (d *Double) System() string { return "commercetools" }

// Secret returns the credentials of the API client that may manage orders.
func (d *Double) Secret() map[string]string {
	return map[string]string{"client_id": clientID, "client_secret": clientSecret}
}

// Settings points project and authorization at the double.
func (d *Double) Settings(url string) map[string]string {
	return map[string]string{
		"COMMERCETOOLS_PROJECT":  Project,
		"COMMERCETOOLS_REGION":   "eu-central-1.aws",
		"COMMERCETOOLS_AUTH_URL": url,
	}
}

// Effects returns one effect per delivery added to an order and per refund added
// to its payment, with the order's id as reference; per shipment state after
// Shipped, with the order's number, or its id if it has none; per return put back
// into stock, with its mark; per discount started or ended, with its SKU.
func (d *Double) Effects() []connectortest.Effect {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.effects)
}

// PutOrder adds an order, or replaces the one with the same id. The JSON is an
// Order as commercetools writes it.
func (d *Double) PutOrder(order []byte) error {
	var o object
	if err := json.Unmarshal(order, &o); err != nil {
		return fmt.Errorf("decode order: %w", err)
	}
	id, _ := o["id"].(string)
	if version, ok := o["version"].(float64); id == "" || !ok || version < 1 {
		return errors.New("order: expected an id and a version")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.orders[id] = o
	return nil
}

// PutNotification adds the order, the inventory entry or the customer that a
// notification in the Platform or the CloudEvents format contains. Reported
// quantities are set on the entry, if they are newer. A reported payment state,
// order state, return or transaction is set on the order. An order or a customer
// that the double does not have becomes a copy of SampleOrder or SampleCustomer.
// An event about a parcel adds the parcel's order. Any other notification, and a
// body that is not JSON, is ignored.
func (d *Double) PutNotification(body []byte) error {
	type message struct {
		returned
		quantitySet
		Type          string `json:"type"`
		Order         object `json:"order"`
		Entry         object `json:"inventoryEntry"`
		Customer      object `json:"customer"`
		Email         any    `json:"email"`
		PaymentState  string `json:"paymentState"`
		OrderState    string `json:"orderState"`
		Transaction   object `json:"transaction"`
		TransactionID string `json:"transactionId"`
		State         any    `json:"state"`
		Resource      struct {
			TypeID string `json:"typeId"`
			ID     string `json:"id"`
		} `json:"resource"`
		Identifiers map[string]any `json:"resourceUserProvidedIdentifiers"`
	}
	var n struct {
		message
		Data struct {
			message
			Parcel parcel `json:"parcel"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &n) != nil {
		return nil
	}
	if n.Data.Parcel.OrderNumber != "" {
		return d.putShipped(n.Data.Parcel)
	}
	for _, m := range []message{n.message, n.Data.message} {
		switch {
		case m.Order != nil:
			return d.PutOrder(encode(m.Order))
		case m.Type == "PaymentTransactionStateChanged" && m.Resource.ID != "":
			d.addTransaction(m.Resource.ID, object{"id": m.TransactionID, "type": "Charge", "state": m.State})
			return nil
		case m.Type == "PaymentTransactionAdded" && m.Resource.ID != "":
			d.addTransaction(m.Resource.ID, m.Transaction)
			return nil
		case m.Customer != nil:
			return d.PutCustomer(encode(m.Customer))
		case m.Resource.TypeID == "customer" && m.Type != "" && m.Type != "CustomerDeleted":
			return d.changeCustomer(m.Resource.ID, m.ResourceVersion, m.Email)
		case m.Type == "OrderPaymentStateChanged" && m.Resource.ID != "":
			d.changeState("paymentState", m.Resource.ID, m.Identifiers["orderNumber"], m.PaymentState)
			return nil
		case m.Type == "OrderStateChanged" && m.OrderState != "" && m.Resource.ID != "":
			d.changeState("orderState", m.Resource.ID, m.Identifiers["orderNumber"], m.OrderState)
			return nil
		case m.Type == "InventoryEntryQuantitySet" && m.Resource.ID != "":
			d.setQuantity(m.Resource.ID, m.ResourceVersion, m.quantitySet)
			return nil
		case m.hasReturns() && m.Resource.ID != "":
			d.takeBack(m.Resource.ID, m.Identifiers["orderNumber"], m.returned)
			return nil
		}
	}
	for _, e := range []object{n.Entry, n.Data.Entry} {
		if e != nil {
			return d.PutInventory(encode(e))
		}
	}
	return nil
}

// Order returns the current state of an order.
func (d *Double) Order(id string) ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, ok := d.orders[id]
	return encode(o), ok
}

// SetTokenLifetime sets how long the tokens granted from now on are accepted. The
// answer promises twice as long, as if commercetools had withdrawn them.
func (d *Double) SetTokenLifetime(lifetime time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lifetime = lifetime
}

// RevokeTokens makes every token granted so far an invalid one.
func (d *Double) RevokeTokens() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.tokens)
}

func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.URL.Path == "/oauth/token" {
		d.token(w, r)
		return
	}
	if d.serveSubscriptions(w, r) {
		return
	}
	if rest, ok := strings.CutPrefix(r.URL.Path, "/"+Project+"/cart-discounts"); ok && (rest == "" || rest[0] == '/') {
		d.cartDiscounts(w, r, rest)
		return
	}
	id, ok := d.route(r.URL.Path)
	switch entry, payment := d.routeTo(r, "inventory"), d.routeTo(r, "payments"); {
	case entry != "":
		if d.authorized(w, r, "manage_products") {
			d.updateEntry(w, r, entry)
		}
	case payment != "":
		if d.authorized(w, r, "manage_payments") {
			d.updatePayment(w, r, payment)
		}
	case r.URL.Path == "/"+Project+"/inventory" && r.Method == http.MethodGet:
		if d.authorized(w, r, "view_products", "manage_products") {
			d.queryInventory(w, r)
		}
	case r.URL.Path == "/"+Project+"/orders" && r.Method == http.MethodGet:
		if d.authorized(w, r, "view_orders", "manage_orders") {
			d.queryOrders(w, r)
		}
	case strings.HasPrefix(r.URL.Path, customerPath) && r.Method == http.MethodGet:
		if d.authorized(w, r, "view_customers") {
			d.getCustomer(w, r)
		}
	case r.URL.Path == "/"+Project+"/messages" && r.Method == http.MethodGet:
		if d.authorized(w, r, "view_messages") {
			d.queryMessages(w, r)
		}
	case !ok:
		refuse(w, http.StatusNotFound, "ResourceNotFound", "URI not found.", nil)
	case r.Method == http.MethodGet && d.authorized(w, r, "view_orders", "manage_orders"):
		d.get(w, r, id)
	case r.Method == http.MethodPost && d.authorized(w, r, "manage_orders"):
		d.update(w, r, id)
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		refuse(w, http.StatusMethodNotAllowed, "InvalidInput", "Method not allowed.", nil)
	}
}

// route returns the id of the order that a path names by id or by number, "" if the
// double does not have it.
func (d *Double) route(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, "/"+Project+"/orders/")
	if !ok || rest == "" || strings.Contains(rest, "/") {
		return "", false
	}
	number, byNumber := strings.CutPrefix(rest, "order-number=")
	if !byNumber {
		if _, known := d.orders[rest]; known {
			return rest, true
		}
		return "", true
	}
	for _, id := range slices.Sorted(maps.Keys(d.orders)) {
		if d.orders[id]["orderNumber"] == number {
			return id, true
		}
	}
	return "", true
}

func (d *Double) get(w http.ResponseWriter, r *http.Request, id string) {
	o, ok := d.orders[id]
	if !ok {
		refuse(w, http.StatusNotFound, "ResourceNotFound", "The Resource was not found.", nil)
		return
	}
	if slices.Contains(r.URL.Query()["expand"], "paymentInfo.payments[*]") && d.mayReadPayments(r) {
		o = d.withPayments(o)
	}
	answer(w, http.StatusOK, o)
}

func (d *Double) update(w http.ResponseWriter, r *http.Request, id string) {
	current, ok := d.orders[id]
	if !ok {
		refuse(w, http.StatusNotFound, "ResourceNotFound", "The Resource was not found.", nil)
		return
	}
	actions, ok := readUpdate(w, r, id, version(current))
	if !ok {
		return
	}
	u := updating{order: clone(current), now: time.Now().UTC()}
	for _, action := range actions {
		if problem := u.apply(action); problem != nil {
			refuse(w, http.StatusBadRequest, problem.code, problem.message, nil)
			return
		}
	}
	// An update that changes nothing keeps the version.
	if u.changes > 0 {
		u.order["version"] = float64(version(current) + u.changes)
		u.order["lastModifiedAt"] = u.now.Format(timestamp)
		d.orders[id] = u.order
		if state := u.order["shipmentState"]; state != current["shipmentState"] && (state == "Delivered" || state == "Delayed") {
			// Carriers know the number, if the order has one.
			reference, numbered := u.order["orderNumber"].(string)
			if !numbered {
				reference = id
			}
			d.effects = append(d.effects, connectortest.Effect{Reference: reference, What: fmt.Sprint("shipment state ", state), Caller: connectortest.Caller(r), At: u.now})
		}
		for _, key := range u.delivered {
			d.effects = append(d.effects, connectortest.Effect{Reference: id, What: "delivery " + key, Caller: connectortest.Caller(r), At: u.now})
		}
	}
	answer(w, http.StatusOK, u.order)
}
