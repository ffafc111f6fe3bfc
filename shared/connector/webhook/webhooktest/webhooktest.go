// Package webhooktest is the double of a supplier that accepts Standard Webhooks.
// Serve it with connectortest and read the accepted purchases with Purchases.
//
// It verifies signature and timestamp by the specification, reads the purchase, and
// accepts each webhook-id once. It shares no code with package webhook, which signs.
package webhooktest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/connector/connectortest"
)

// Secret is the signing secret of the supplier "lumen", and Old the one that it
// replaces.
const (
	Secret = "whsec_bHVtZW4tZG91YmxlLWtleS1vZi0zMi1ieXRlcy0hISE="
	Old    = "whsec_bHVtZW4tb2xkLWRvdWJsZS1rZXktMzItYnl0ZXMtISE="
)

// tolerance is the largest difference between an attempt's timestamp and the clock.
const tolerance = 5 * time.Minute

// Double is one supplier. It is safe for concurrent use.
type Double struct {
	mu        sync.Mutex
	secret    string
	seen      map[string]string
	purchases []Purchase
	effects   []connectortest.Effect
}

// Purchase is an accepted purchase request.
type Purchase struct {
	OrderNumber string `json:"orderNumber"`
	SKU         string `json:"sku"`
	Part        string `json:"part"`
	Quantity    int64  `json:"quantity"`
}

var _ connectortest.Double = (*Double)(nil)

// New returns a supplier that verifies with Secret.
func New() *Double { return &Double{secret: Secret, seen: map[string]string{}} }

// VerifyBy makes the supplier verify with another secret.
func (d *Double) VerifyBy(secret string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.secret = secret
}

// System is "webhook".
func (d *Double) System() string { return "webhook" }

// Secret holds the supplier's new key and the old one.
func (d *Double) Secret() map[string]string {
	return map[string]string{"signing_secrets": `{"lumen":"` + Secret + " " + Old + `"}`}
}

// Settings are none: the suppliers are those of the stage.
func (d *Double) Settings(string) map[string]string { return map[string]string{} }

// Effects are the purchases, by their webhook-id.
func (d *Double) Effects() []connectortest.Effect {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.effects)
}

// Purchases are the accepted purchase requests, each once.
func (d *Double) Purchases() []Purchase {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.purchases)
}

// Verify reports whether the holder of the secret signed the request recently, by the
// section "Verifying signatures" of the specification.
func Verify(secret string, h http.Header, body []byte, now time.Time) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	seconds, failed := strconv.ParseInt(h.Get("Webhook-Timestamp"), 10, 64)
	if err != nil || failed != nil || h.Get("Webhook-Id") == "" {
		return false
	}
	if now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return false
	}
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, h.Get("Webhook-Id")+"."+h.Get("Webhook-Timestamp")+"."+string(body))
	want := mac.Sum(nil)
	for signature := range strings.SplitSeq(h.Get("Webhook-Signature"), " ") {
		version, encoded, _ := strings.Cut(signature, ",")
		given, err := base64.StdEncoding.DecodeString(encoded)
		if version == "v1" && err == nil && hmac.Equal(given, want) {
			return true
		}
	}
	return false
}

func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 20<<10+1))
	d.mu.Lock()
	defer d.mu.Unlock()
	var message struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      Purchase  `json:"data"`
	}
	id := r.Header.Get("Webhook-Id")
	switch {
	case r.URL.Path != "/hooks/signalbox":
		w.WriteHeader(http.StatusNotFound)
		return
	case r.Method != http.MethodPost:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	case err != nil || len(body) > 20<<10:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	case !Verify(d.secret, r.Header, body, time.Now()):
		w.WriteHeader(http.StatusForbidden)
		return
	case json.Unmarshal(body, &message, json.RejectUnknownMembers(true)) != nil, message.Type != "purchase.requested",
		message.Timestamp.IsZero(), message.Data.OrderNumber == "", message.Data.Part == "", message.Data.Quantity < 1:
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if known, ok := d.seen[id]; ok && known != string(body) {
		w.WriteHeader(http.StatusConflict)
		return
	} else if !ok {
		d.seen[id] = string(body)
		d.purchases = append(d.purchases, message.Data)
		d.effects = append(d.effects, connectortest.Effect{Reference: id, What: "purchase of " + message.Data.SKU, Caller: connectortest.Caller(r), At: time.Now()})
	}
	w.WriteHeader(http.StatusNoContent)
}
