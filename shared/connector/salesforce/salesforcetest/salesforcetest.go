// Package salesforcetest is the double of a Salesforce organization. Serve it with
// connectortest, read the results with Record, and cause failures with Fail, Revoke
// and UseUp.
//
// It verifies the assertions of token requests, stores records by external id, and
// refuses what Salesforce refuses, mostly per record inside a 200.
package salesforcetest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/strictjson"
)

// Double is one organization with the objects Order__c, Account and Case, as the
// settings' defaults name them. It is safe for concurrent use.
type Double struct {
	key *rsa.PrivateKey

	mu      sync.Mutex
	tokens  map[string]bool
	granted int
	used    int
	records map[string]map[string]any // by object/external id
	effects []connectortest.Effect
	failing []failure
}

type failure struct {
	code   string
	fields []string
}

// Username, ConsumerKey and Audience are the values that an assertion must have.
const (
	Username    = "integration@acme.example"
	ConsumerKey = "3MVG9_double_consumer_key"
	Audience    = "https://login.salesforce.com"
	// Allowed is the organization's limit of requests.
	Allowed = 15000
)

// New returns an empty organization with a new key. It panics if there is no
// source of randomness.
func New() *Double {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("salesforcetest: " + err.Error())
	}
	return NewWithKey(key)
}

// NewWithKey returns an empty organization with the given key, for tests that need
// many organizations and would wait for each new key.
func NewWithKey(key *rsa.PrivateKey) *Double {
	return &Double{key: key, tokens: map[string]bool{}, records: map[string]map[string]any{}}
}

var _ connectortest.Double = (*Double)(nil)

// System is "salesforce".
func (d *Double) System() string { return "salesforce" }

// Secret holds the consumer key and the private key that fits it.
func (d *Double) Secret() map[string]string {
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(d.key)}
	return map[string]string{"consumer_key": ConsumerKey, "private_key": string(pem.EncodeToMemory(block))}
}

// Settings are the catalog's defaults and the organization's user.
func (d *Double) Settings(string) map[string]string {
	settings := map[string]string{}
	system, _ := catalog.SystemByID(d.System())
	for _, s := range system.Settings {
		settings[s.Name] = s.Default
	}
	settings["SALESFORCE_USERNAME"] = Username
	return settings
}

// Effects are the created or changed records. An upsert that changes nothing is not
// an effect.
func (d *Double) Effects() []connectortest.Effect {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]connectortest.Effect(nil), d.effects...)
}

// Record returns a copy of a record's fields; nil if there is no record.
func (d *Double) Record(object, externalID string) map[string]any {
	d.mu.Lock()
	defer d.mu.Unlock()
	stored, ok := d.records[object+"/"+externalID]
	if !ok {
		return nil
	}
	r := map[string]any{}
	for field, value := range stored {
		r[field] = value
	}
	return r
}

// Tokens returns how many tokens were granted so far.
func (d *Double) Tokens() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.granted
}

// Revoke ends all sessions.
func (d *Double) Revoke() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.tokens)
}

// Fail makes the next record fail with a code and fields before it is processed, as
// triggers, locks and limits of an organization do.
func (d *Double) Fail(code string, fields ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failing = append(d.failing, failure{code, fields})
}

// UseUp sets how many requests were made, of the Allowed ones.
func (d *Double) UseUp(requests int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.used = requests
}

func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.URL.Path == "/services/oauth2/token" {
		d.token(w, r)
		return
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || !d.tokens[token] {
		answer(w, http.StatusUnauthorized, problems("INVALID_SESSION_ID", "Session expired or invalid"))
		return
	}
	if d.used >= Allowed {
		answer(w, http.StatusForbidden, problems("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))
		return
	}
	d.used++
	w.Header().Set("Sforce-Limit-Info", fmt.Sprintf("api-usage=%d/%d", d.used, Allowed))
	path, ok := strings.CutPrefix(r.URL.Path, "/services/data/v64.0/composite/sobjects/")
	object, idField, cut := strings.Cut(path, "/")
	switch {
	case !ok || !cut || objects[object] == nil:
		answer(w, http.StatusNotFound, problems("NOT_FOUND", "The requested resource does not exist"))
	case r.Method != http.MethodPatch:
		answer(w, http.StatusMethodNotAllowed, problems("METHOD_NOT_ALLOWED", "HTTP Method '"+r.Method+"' not allowed. Allowed are PATCH"))
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		answer(w, http.StatusUnsupportedMediaType, problems("UNSUPPORTED_MEDIA_TYPE", "Content type of request is not supported"))
	case objects[object].idField != idField:
		answer(w, http.StatusBadRequest, problems("INVALID_FIELD", "Provided external ID field does not exist or is not accessible: "+idField))
	default:
		d.collection(w, r, object)
	}
}

type problem struct {
	Message   string   `json:"message"`
	ErrorCode string   `json:"errorCode"`
	Fields    []string `json:"fields,omitempty"`
}

func problems(code, message string) []problem { return []problem{{Message: message, ErrorCode: code}} }

func answer(w http.ResponseWriter, status int, body any) {
	encoded, err := strictjson.Marshal(body)
	if err != nil {
		panic("salesforcetest: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(encoded)
}

func (d *Double) done(caller, object, id string, created bool) {
	verb := "changed"
	if created {
		verb = "created"
	}
	d.effects = append(d.effects, connectortest.Effect{Reference: id, What: object + " " + verb, Caller: caller, At: time.Now()})
}
