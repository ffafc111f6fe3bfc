// Package workdaytest is the double of a Workday tenant. Serve it with connectortest
// and read the results with Payments and Refunds.
//
// It grants tokens for the refresh token of an integration, records customer payments
// and supplier invoice requests after Workday's validations, and answers the reports
// that find them. Like Workday it has no idempotency: every accepted request creates
// a payment or an invoice.
package workdaytest

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/strictjson"
)

const (
	clientID     = "workday-client"
	clientSecret = "workday-client-secret"
	refreshToken = "workday-refresh-token"
	// Tenant is the double's tenant, and Report its report on payments.
	Tenant = "acme_impl"
	Report = "ISU_Signalbox/Customer_Payments"
	// Root is the first part of the paths of the REST service in Workday's own document.
	Root = "/ccx/api/customerAccounts/v1/" + Tenant
)

// Payment is a payment the tenant recorded.
type Payment struct {
	ID                      string
	Company, Type, Customer string
	Value, Currency, Date   string
	TransactionNumber       string
	// Caller is who recorded it.
	Caller string
	At     time.Time
}

// Double is one tenant. It is safe for concurrent use.
type Double struct {
	mu       sync.Mutex
	delay    time.Duration
	now      func() time.Time
	tokens   map[string]bool
	granted  int
	payments []Payment
	refunds  []*Refund
}

// Options change the double's behaviour.
type Options struct {
	// Now is the double's clock; time.Now if nil.
	Now func() time.Time
	// VisibleAfter is how long the reports do not show a new payment or request.
	VisibleAfter time.Duration
}

// New returns a tenant without payments.
func New() *Double { return NewWith(Options{}) }

// NewWith returns a tenant with the given options.
func NewWith(o Options) *Double {
	d := &Double{delay: o.VisibleAfter, now: o.Now, tokens: map[string]bool{}}
	if d.now == nil {
		d.now = time.Now
	}
	return d
}

var _ connectortest.Double = (*Double)(nil)

// System is "workday".
func (d *Double) System() string { return "workday" }

// Secret holds the credentials of the integration.
func (d *Double) Secret() map[string]string {
	return map[string]string{"client_id": clientID, "client_secret": clientSecret, "refresh_token": refreshToken}
}

// Settings name the tenant and its reports.
func (d *Double) Settings(string) map[string]string {
	return map[string]string{
		"WORKDAY_TENANT": Tenant, "WORKDAY_PAYMENT_REPORT": Report, "WORKDAY_REFUND_REPORT": RefundReport, "WORKDAY_HOST": "wd2-impl-services1.workday.com",
	}
}

// Effects are the payments, by their transaction number, and of each refund the
// request and its submission, by the order's number, with which the refund's number
// begins.
func (d *Double) Effects() []connectortest.Effect {
	var effects []connectortest.Effect
	for _, p := range d.Payments() {
		effects = append(effects, connectortest.Effect{Reference: p.TransactionNumber, What: "payment of " + p.Value + " " + p.Currency, Caller: p.Caller, At: p.At})
	}
	for _, r := range d.Refunds() {
		effects = append(effects, r.effects()...)
	}
	return effects
}

// Payments are the recorded payments, in order.
func (d *Double) Payments() []Payment {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.payments)
}

// Revoke invalidates every token granted so far.
func (d *Double) Revoke() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.tokens)
}

// ServeHTTP answers as Workday does.
func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	route := r.Method + " " + r.URL.Path
	switch {
	case route == "POST /ccx/oauth2/"+Tenant+"/token":
		d.token(w, r)
	case !d.tokens[r.Header.Get("Authorization")]:
		refuse(w, http.StatusUnauthorized, "invalid token")
	case route == "POST "+Root+"/payments":
		d.record(w, r)
	case route == "GET /ccx/service/customreport2/"+Tenant+"/"+Report:
		d.find(w, r)
	case route == "GET /ccx/service/customreport2/"+Tenant+"/"+RefundReport:
		d.findRefund(w, r)
	case route == "POST "+PayableRoot+requests:
		d.request(w, r)
	case strings.HasPrefix(route, "POST "+PayableRoot+requests+"/"):
		d.submit(w, r)
	default:
		refuse(w, http.StatusNotFound, "resource not found")
	}
}

func (d *Double) token(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	if !ok || id != clientID || secret != clientSecret {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	if r.FormValue("grant_type") != "refresh_token" || r.FormValue("refresh_token") != refreshToken {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	d.granted++
	token := fmt.Sprintf("workday-token-%d", d.granted)
	d.tokens["Bearer "+token] = true
	answer(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600, "refresh_token": refreshToken})
}

type request struct {
	Company  reference `json:"company"`
	Type     reference `json:"type"`
	Customer reference `json:"remitFromCustomer"`
	Ready    bool      `json:"readyToAutoApply"`
	Amount   struct {
		Value    string `json:"value"`
		Currency string `json:"currency"`
	} `json:"amount"`
	Date   string `json:"date"`
	Number string `json:"transactionNumber"`
}

type reference struct {
	ID string `json:"id"`
}

var decimal = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// isPositive accepts decimal numbers above 0.
func isPositive(s string) bool { return decimal.MatchString(s) && strings.ContainsAny(s, "123456789") }

func (d *Double) record(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var in request
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || strictjson.Unmarshal("body", body, &in) != nil {
		refuse(w, http.StatusBadRequest, "invalid request")
		return
	}
	_, dateErr := time.Parse(time.DateOnly, in.Date)
	var wrong []any
	for _, rule := range []struct {
		broken bool
		text   string
	}{
		{in.Company.ID == "", "A144: Enter a company."},
		{in.Ready && in.Customer.ID == "", "A145: To set the ready to auto-apply option, enter a remit-from customer."},
		{len(in.Amount.Currency) != 3, "A146: Enter a payment currency."},
		{in.Type.ID == "", "A147: Enter a payment type."},
		{dateErr != nil, "A149: Enter a payment date."},
		{!isPositive(in.Amount.Value), "A152: Enter a total payment amount greater than 0."},
	} {
		if rule.broken {
			wrong = append(wrong, map[string]any{"error": rule.text})
		}
	}
	if wrong != nil {
		answer(w, http.StatusBadRequest, map[string]any{"error": "validation failed for payment of " + in.Number, "errors": wrong})
		return
	}
	p := Payment{
		ID: fmt.Sprintf("%032x", len(d.payments)+1), Company: in.Company.ID, Type: in.Type.ID, Customer: in.Customer.ID,
		Value: in.Amount.Value, Currency: in.Amount.Currency, Date: in.Date, TransactionNumber: in.Number, Caller: connectortest.Caller(r), At: d.now(),
	}
	d.payments = append(d.payments, p)
	answer(w, http.StatusCreated, map[string]any{
		"id": p.ID, "descriptor": "Customer Payment: " + p.Number(), "company": in.Company, "type": in.Type, "remitFromCustomer": in.Customer,
		"readyToAutoApply": in.Ready, "amount": in.Amount, "date": in.Date, "transactionNumber": in.Number,
	})
}

// Number is the number that Workday assigns to a payment.
func (p Payment) Number() string { return "PMT-" + p.ID[len(p.ID)-6:] }

func (d *Double) find(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if query.Get("format") != "json" || query.Get("Transaction_Number") == "" {
		refuse(w, http.StatusBadRequest, "a required prompt is missing")
		return
	}
	entries := []any{}
	for _, p := range d.payments {
		if p.TransactionNumber == query.Get("Transaction_Number") && d.now().Sub(p.At) >= d.delay {
			entries = append(entries, map[string]any{"Transaction_Number": p.TransactionNumber, "Workday_ID": p.ID})
		}
	}
	answer(w, http.StatusOK, map[string]any{"Report_Entry": entries})
}

func refuse(w http.ResponseWriter, status int, text string) {
	answer(w, status, map[string]any{"error": text})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, body, json.Deterministic(true))
}
