// Package klaviyotest is the double of a Klaviyo account. Serve it with
// connectortest and read the results with Events, Attributes and Stock.
//
// It checks key, revision and media type, stores profiles and events, records an
// event once per profile, metric and unique id, and has a catalog whose stock can
// be set.
package klaviyotest

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/strictjson"
)

// Key is the account's private API key, and Revision the only revision it accepts.
const (
	Key      = "pk_double_0123456789abcdef"
	Revision = "2026-07-15"
)

// Double is one account. It is safe for concurrent use.
type Double struct {
	mu       sync.Mutex
	profiles []*Profile
	people   map[*Profile]*person
	numbered int
	events   []Event
	seen     map[identity]bool
	stock    map[string]int64
	effects  []connectortest.Effect
}

// identity is the key by which events are recorded once.
type identity struct {
	profile          *Profile
	metric, uniqueID string
}

// Profile identifies a person in the account.
type Profile struct {
	Email, ExternalID string
}

// Event is one recorded event.
type Event struct {
	UniqueID, Metric string
	Profile          Profile
	Time             time.Time
	Value            float64
	Currency         string
	Properties       map[string]any
}

// New returns an empty account.
func New() *Double {
	return &Double{seen: map[identity]bool{}, stock: map[string]int64{}, people: map[*Profile]*person{}}
}

var _ connectortest.Double = (*Double)(nil)

// System is "klaviyo".
func (d *Double) System() string { return "klaviyo" }

// Secret is the account's key.
func (d *Double) Secret() map[string]string { return map[string]string{"api_key": Key} }

// Settings are none.
func (d *Double) Settings(string) map[string]string { return map[string]string{} }

// Effects are the recorded events, by their unique id, changes of stock, by SKU, and
// changes of profiles, by their external id. An import that changes nothing is not
// an effect.
func (d *Double) Effects() []connectortest.Effect {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]connectortest.Effect(nil), d.effects...)
}

// Events are the recorded events.
func (d *Double) Events() []Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Event(nil), d.events...)
}

func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	key, keyed := strings.CutPrefix(r.Header.Get("Authorization"), "Klaviyo-API-Key ")
	switch {
	case !keyed:
		refuse(w, http.StatusUnauthorized, "not_authenticated", "Authentication credentials were not provided.", source{Pointer: "/data/"})
	case key != Key:
		refuse(w, http.StatusUnauthorized, "authentication_failed", "Incorrect authentication credentials.", source{Pointer: "/data/"})
	case r.Header.Get("Revision") == "":
		refuse(w, http.StatusBadRequest, "invalid", "The revision header is required.", source{Parameter: "revision"})
	case r.Header.Get("Revision") != Revision:
		refuse(w, http.StatusBadRequest, "invalid", "The revision included is not valid.", source{Parameter: "revision"})
	case strings.HasPrefix(r.URL.Path, variants) && r.Method == http.MethodPatch && isMediaType(r.Header.Get("Content-Type")) && err == nil:
		d.setStock(w, r, strings.TrimPrefix(r.URL.Path, variants), body)
	case r.Method == http.MethodGet && r.URL.Path == "/api/profiles":
		d.findProfiles(w, r.URL.Query().Get("filter"))
	case !slices.Contains([]string{"/api/events", "/api/profile-import", "/api/data-privacy-deletion-jobs"}, r.URL.Path):
		refuse(w, http.StatusNotFound, "not_found", "The resource was not found.", source{})
	case r.Method != http.MethodPost:
		refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", "Method not allowed.", source{})
	case !isMediaType(r.Header.Get("Content-Type")):
		refuse(w, http.StatusUnsupportedMediaType, "unsupported_media_type", "Unsupported media type.", source{})
	case err != nil || len(body) > 5<<20:
		refuse(w, http.StatusRequestEntityTooLarge, "payload_too_large", "The payload is too large.", source{})
	case r.URL.Path == "/api/profile-import":
		d.importProfile(w, r, body)
	case r.URL.Path == "/api/data-privacy-deletion-jobs":
		d.erase(w, r, body)
	default:
		d.create(w, r, body)
	}
}

func isMediaType(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.TrimSpace(kind) == "application/vnd.api+json"
}

type source struct {
	Pointer   string `json:"pointer,omitzero"`
	Parameter string `json:"parameter,omitzero"`
}

type problem struct {
	ID     string `json:"id"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Source source `json:"source"`
}

func refuse(w http.ResponseWriter, status int, code, detail string, at source) {
	encoded, err := strictjson.Marshal(map[string][]problem{"errors": {{
		ID: "5bfa8d25-4c2b-4d0a-9a54-0d5e5b2f3c11", Status: status, Code: code, Title: http.StatusText(status), Detail: detail, Source: at,
	}}})
	if err != nil {
		panic("klaviyotest: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/vnd.api+json")
	w.WriteHeader(status)
	_, _ = w.Write(encoded)
}
