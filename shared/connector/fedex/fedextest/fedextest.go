// Package fedextest is a stateful double of the FedEx APIs that package fedex uses.
//
//	double := fedextest.New()
//	server := connectortest.Serve(double)
//	// … create shipments …
//	double.PickUp() // they cannot be cancelled any more
//	fmt.Println(double.Shipments())
//
// It grants and checks tokens, refuses what FedEx refuses, in FedEx's error
// envelope, and like FedEx has no idempotency: every accepted request creates a
// shipment.
package fedextest

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/connectortest"
)

const (
	clientID     = "fedex-client"
	clientSecret = "fedex-client-secret"
	// Account is the account that may ship.
	Account = "510087020"
)

// Shipment is one shipment the double accepted.
type Shipment struct {
	TrackingNumber string
	// References are its customer references by type.
	References map[string]string
	// Transaction is the request's x-customer-transaction-id.
	Transaction string
	// Caller is who shipped it, CancelledBy who cancelled it.
	Caller      string
	At          time.Time
	Cancelled   bool
	CancelledAt time.Time
	CancelledBy string
	// PickedUp: FedEx has the parcel, so it cannot be cancelled any more.
	PickedUp bool
	// Return: it is the shipment of a return.
	Return bool
}

// Double is a double of FedEx. It is safe for concurrent use.
type Double struct {
	mu        sync.Mutex
	now       func() time.Time
	delay     time.Duration
	life      time.Duration
	pending   int
	tokens    map[string]time.Time // expiry by token
	granted   int
	shipments []Shipment
	jobs      map[string]*job
}

type job struct {
	shipment int
	pending  int
}

// Options change the double's behaviour.
type Options struct {
	// Now is the double's clock; time.Now if nil.
	Now func() time.Time
	// VisibleAfter is how long a new shipment is not found by its references.
	VisibleAfter time.Duration
	// TokenLife is how long a token is accepted; an hour if 0.
	TokenLife time.Duration
	// Deferred, if above 0, makes shipments asynchronous: the answer is a job,
	// whose results come after this many requests.
	Deferred int
}

// New returns a double with an account that has no shipments.
func New() *Double { return NewWith(Options{}) }

// NewWith returns a double with the given options.
func NewWith(o Options) *Double {
	d := &Double{now: o.Now, delay: o.VisibleAfter, life: o.TokenLife, pending: o.Deferred, tokens: map[string]time.Time{}, jobs: map[string]*job{}}
	if d.now == nil {
		d.now = time.Now
	}
	if d.life == 0 {
		d.life = time.Hour
	}
	return d
}

// System returns "fedex".
func (d *Double) System() string { return "fedex" }

// Secret returns credentials the double accepts.
func (d *Double) Secret() map[string]string {
	return map[string]string{"client_id": clientID, "client_secret": clientSecret}
}

// Settings returns the catalog's example of every setting.
func (d *Double) Settings(string) map[string]string {
	settings := map[string]string{}
	system, _ := catalog.SystemByID("fedex")
	for _, s := range system.Settings {
		settings[s.Name] = s.Default
		if s.Example != "" {
			settings[s.Name] = s.Example
		}
	}
	settings["FEDEX_ACCOUNT"] = Account
	return settings
}

// Effects returns one effect per shipment and one per cancellation; the reference
// is the order's number. A cancelled label of a return is not an effect: it costs
// nothing.
func (d *Double) Effects() []connectortest.Effect {
	var effects []connectortest.Effect
	for _, s := range d.Shipments() {
		what := "shipment "
		switch {
		case s.Return && s.Cancelled:
			continue
		case s.Return:
			what = "return label "
		}
		effects = append(effects, connectortest.Effect{Reference: s.References["CUSTOMER_REFERENCE"], What: what + s.TrackingNumber, Caller: s.Caller, At: s.At})
		if s.Cancelled {
			effects = append(effects, connectortest.Effect{Reference: s.References["CUSTOMER_REFERENCE"], What: what + s.TrackingNumber + " cancelled", Caller: s.CancelledBy, At: s.CancelledAt})
		}
	}
	return effects
}

// Shipments returns the shipments in the order they were accepted.
func (d *Double) Shipments() []Shipment {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Shipment(nil), d.shipments...)
}

// PickUp marks all shipments so far as picked up by FedEx.
func (d *Double) PickUp() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.shipments {
		d.shipments[i].PickedUp = true
	}
}

// Revoke invalidates every token granted so far.
func (d *Double) Revoke() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.tokens)
}

// TokensGranted returns how many tokens were granted.
func (d *Double) TokensGranted() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.granted
}

// ServeHTTP answers as FedEx does.
func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.Method+" "+r.URL.Path == "POST /oauth/token" {
		d.token(w, r)
		return
	}
	serve := map[string]func(http.ResponseWriter, *http.Request){
		"POST /ship/v1/shipments":         d.create,
		"POST /ship/v1/shipments/results": d.results,
		"PUT /ship/v1/shipments/cancel":   d.cancel,
		"POST /track/v1/referencenumbers": d.track,
	}[r.Method+" "+r.URL.Path]
	switch expiry, ok := d.tokens[r.Header.Get("Authorization")]; {
	case serve == nil:
		refuse(w, r, http.StatusNotFound, "NOT.FOUND.ERROR", "The resource you requested is no longer available. Please modify your request and try again.")
	case !ok || !d.now().Before(expiry):
		refuse(w, r, http.StatusUnauthorized, "NOT.AUTHORIZED.ERROR", "Access token expired. Please modify your request and try again.")
	case r.Header.Get("Content-Type") != "application/json":
		refuse(w, r, http.StatusUnsupportedMediaType, "UNSUPPORTED.MEDIA.TYPE", "We are unable to process this request.")
	default:
		serve(w, r)
	}
}

func (d *Double) token(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("grant_type") != "client_credentials" || r.PostFormValue("client_id") != clientID || r.PostFormValue("client_secret") != clientSecret {
		refuse(w, r, http.StatusUnauthorized, "NOT.AUTHORIZED.ERROR", "The given client credentials were not valid. Please modify your request and try again.")
		return
	}
	d.granted++
	token := fmt.Sprintf("fedex-token-%d", d.granted)
	d.tokens["Bearer "+token] = d.now().Add(d.life)
	answer(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "bearer", "expires_in": int(d.life.Seconds()), "scope": "CXS"})
}

// decode reads a request as leniently as FedEx does: unknown names are ignored.
func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.UnmarshalRead(r.Body, into); err != nil {
		refuse(w, r, http.StatusBadRequest, "INVALID.INPUT.EXCEPTION", "Invalid field value in the input")
		return false
	}
	return true
}

// succeed answers with FedEx's envelope around output.
func succeed(w http.ResponseWriter, r *http.Request, output any) {
	body := map[string]any{"transactionId": "624deea6-b709-470c-8c39-4b5511281492", "output": output}
	if id := r.Header.Get("X-Customer-Transaction-Id"); id != "" {
		body["customerTransactionId"] = id
	}
	answer(w, http.StatusOK, body)
}

func refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	body := map[string]any{
		"transactionId": "624deea6-b709-470c-8c39-4b5511281492",
		"errors":        []any{map[string]any{"code": code, "message": message}},
	}
	if id := r.Header.Get("X-Customer-Transaction-Id"); id != "" {
		body["customerTransactionId"] = id
	}
	answer(w, status, body)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, body, json.Deterministic(true))
}
