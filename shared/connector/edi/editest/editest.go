// Package editest is the double of an EDI gateway. Serve it with connectortest and
// read the delivered purchase orders with Orders.
//
// It parses purchase orders strictly by the rules of X12 004010, delivers each
// interchange once, and refuses a known control number with other content.
package editest

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"signalbox/shared/connector/connectortest"
)

const (
	user     = "double-user"
	password = "double-password"
)

// Double is one gateway. It is safe for concurrent use.
type Double struct {
	mu sync.Mutex
	// known are the interchanges by sender, receiver and control number.
	known   map[string]string
	orders  []Order
	effects []connectortest.Effect
}

var _ connectortest.Double = (*Double)(nil)

// New returns a gateway without deliveries.
func New() *Double { return &Double{known: map[string]string{}} }

// System is "edi".
func (d *Double) System() string { return "edi" }

// Secret is the account at the gateway.
func (d *Double) Secret() map[string]string {
	return map[string]string{"user": user, "password": password}
}

// Settings are none.
func (d *Double) Settings(string) map[string]string { return map[string]string{} }

// Effects are the delivered purchase orders, by their Message-ID.
func (d *Double) Effects() []connectortest.Effect {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.effects)
}

// Orders are the delivered purchase orders.
func (d *Double) Orders() []Order {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.orders)
}

var messageID = regexp.MustCompile(`^<[!-;=?-~]+@[a-z.]+>$`)

func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	name, secret, ok := r.BasicAuth()
	id := r.Header.Get("Message-Id")
	switch {
	case !ok || name != user || secret != password:
		refuse(w, http.StatusUnauthorized, "credentials")
		return
	case r.Method != http.MethodPost:
		refuse(w, http.StatusMethodNotAllowed, "method")
		return
	case !strings.EqualFold(r.Header.Get("Content-Type"), "application/EDI-X12"):
		refuse(w, http.StatusUnsupportedMediaType, "content type")
		return
	case err != nil || !messageID.MatchString(id):
		refuse(w, http.StatusBadRequest, "Message-ID")
		return
	}
	order, err := Parse(string(body))
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	if r.Header.Get("AS2-From") != order.Sender || r.Header.Get("AS2-To") != order.Receiver {
		refuse(w, http.StatusUnprocessableEntity, "the partners of the message are not those of the interchange")
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	key := order.Sender + "\x00" + order.Receiver + "\x00" + order.Control
	known, duplicate := d.known[key]
	switch {
	case duplicate && known != string(body):
		refuse(w, http.StatusConflict, "control number: expected the content of the first interchange")
		return
	case !duplicate:
		d.known[key] = string(body)
		d.orders = append(d.orders, order)
		reference, _, _ := strings.Cut(strings.Trim(id, "<>"), "@")
		d.effects = append(d.effects, connectortest.Effect{Reference: reference, What: "purchase order " + order.Number, Caller: connectortest.Caller(r), At: time.Now()})
	}
	w.WriteHeader(http.StatusAccepted)
}

func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, why)
}
