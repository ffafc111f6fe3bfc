// Package stripetest is a stateful double of Stripe's payment evaluations. Serve it
// with connectortest and choose the result by the order's payment method. It checks
// key and parameters as Stripe does, honours Idempotency-Key, and decides by the
// payment method, as Stripe does in a sandbox
// (https://docs.stripe.com/radar/testing):
//
//	pm_card_riskLevelElevated         elevated, continue
//	pm_card_riskLevelHighest          highest, continue
//	pm_card_chargeDeclinedFraudulent  highest, block
//	pm_card_radarBlock                highest, block
//	pm_card_notAssessed               not_assessed, continue (the double's own)
//	any other pm_…                    normal, continue
//
// A method that does not begin with pm_, and pm_missing, do not exist.
package stripetest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/connector/connectortest"
)

const apiKey = "sk_test_signalbox"

// Double is a double of Stripe. It is safe for concurrent use.
type Double struct {
	mu      sync.Mutex
	now     func() time.Time
	kept    map[string]kept
	failing int
	effects []connectortest.Effect
}

// kept is the stored answer of a key.
type kept struct {
	parameters string
	status     int
	body       []byte
}

// New returns a double without evaluations.
func New() *Double { return &Double{now: time.Now, kept: map[string]kept{}} }

// System returns "stripe".
func (d *Double) System() string { return "stripe" }

// Secret returns the key the double accepts.
func (d *Double) Secret() map[string]string { return map[string]string{"api_key": apiKey} }

// Settings returns none: Stripe has none.
func (d *Double) Settings(string) map[string]string { return map[string]string{} }

// Effects returns one effect per evaluation; its reference is the order's number.
func (d *Double) Effects() []connectortest.Effect {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]connectortest.Effect(nil), d.effects...)
}

// Fail makes the next n evaluations fail after they began, so that their keys return
// the failure again.
func (d *Double) Fail(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failing = n
}

// ServeHTTP answers as Stripe does.
func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	switch {
	case r.Header.Get("Authorization") != "Bearer "+apiKey:
		refuse(w, http.StatusUnauthorized, problem{Type: "invalid_request_error", Message: "Invalid API Key provided"})
		return
	case r.URL.Path != "/v1/radar/payment_evaluations":
		refuse(w, http.StatusNotFound, problem{Type: "invalid_request_error", Message: "Unrecognized request URL"})
		return
	case r.Method != http.MethodPost:
		refuse(w, http.StatusMethodNotAllowed, problem{Type: "invalid_request_error", Message: "Unsupported method"})
		return
	case len(key) > 255:
		refuse(w, http.StatusBadRequest, problem{Type: "invalid_request_error", Message: "The idempotency key is too long"})
		return
	case r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.ParseForm() != nil:
		refuse(w, http.StatusBadRequest, problem{Type: "invalid_request_error", Message: "Invalid request (check that your POST content type is application/x-www-form-urlencoded)."})
		return
	}
	parameters := r.PostForm.Encode()
	if k, ok := d.kept[key]; ok && key != "" {
		if k.parameters != parameters {
			refuse(w, http.StatusBadRequest, problem{Type: "idempotency_error", Message: "Keys for idempotent requests can only be used with the same parameters they were first used with."})
			return
		}
		w.Header().Set("Idempotent-Replayed", "true")
		w.Header().Set("Idempotency-Key", key)
		write(w, k.status, k.body)
		return
	}
	// An invalid request is not stored.
	if p := wrong(r.PostForm); p.Type != "" {
		refuse(w, http.StatusBadRequest, p)
		return
	}
	status, body := d.evaluate(connectortest.Caller(r), r.PostForm)
	if key != "" {
		d.kept[key] = kept{parameters, status, body}
		w.Header().Set("Idempotency-Key", key)
	}
	write(w, status, body)
}

// top are the parameters of the operation.
var top = map[string]bool{"client_device_metadata_details": true, "customer_details": true, "expand": true, "metadata": true, "payment_details": true}

const (
	amountKey   = "payment_details[amount]"
	currencyKey = "payment_details[currency]"
	methodKey   = "payment_details[payment_method_details][payment_method]"
)

// wrong returns the first error that Stripe would report for the parameters.
func wrong(form url.Values) problem {
	const kind = "invalid_request_error"
	customer := false
	for name := range form {
		first, _, _ := strings.Cut(name, "[")
		if !top[first] {
			return problem{Type: kind, Code: "parameter_unknown", Param: name, Message: "Received unknown parameter"}
		}
		customer = customer || first == "customer_details"
	}
	if !customer {
		return problem{Type: kind, Code: "parameter_missing", Param: "customer_details", Message: "Missing required param: customer_details."}
	}
	for _, name := range []string{amountKey, currencyKey, methodKey} {
		if form.Get(name) == "" {
			return problem{Type: kind, Code: "parameter_missing", Param: name, Message: "Missing required param."}
		}
	}
	if n, err := strconv.ParseInt(form.Get(amountKey), 10, 64); err != nil || n < 1 {
		return problem{Type: kind, Code: "parameter_invalid_integer", Param: amountKey, Message: "Invalid positive integer"}
	}
	if c := form.Get(currencyKey); len(c) != 3 || strings.ToLower(c) != c {
		return problem{Type: kind, Param: currencyKey, Message: "Invalid currency"}
	}
	if m := form.Get(methodKey); !strings.HasPrefix(m, "pm_") || m == "pm_missing" {
		return problem{Type: kind, Code: "resource_missing", Param: methodKey, Message: "No such PaymentMethod: '" + m + "'"}
	}
	return problem{}
}

// decision is the result for a payment method.
type decision struct {
	action, level string
	score         float64
}

func decide(method string) decision {
	switch method {
	case "pm_card_riskLevelElevated":
		return decision{"continue", "elevated", 68.5}
	case "pm_card_riskLevelHighest":
		return decision{"continue", "highest", 91.25}
	case "pm_card_chargeDeclinedFraudulent", "pm_card_radarBlock":
		return decision{"block", "highest", 98.75}
	case "pm_card_notAssessed":
		return decision{"continue", "not_assessed", -1}
	}
	return decision{"continue", "normal", 12.25}
}

func (d *Double) evaluate(caller string, form url.Values) (int, []byte) {
	if d.failing > 0 {
		d.failing--
		return http.StatusInternalServerError, encode(map[string]any{"error": problem{Type: "api_error", Message: "An unknown error occurred"}})
	}
	now := d.now()
	id := fmt.Sprintf("peval_%04d", len(d.effects)+1)
	verdict := decide(form.Get(methodKey))
	d.effects = append(d.effects, connectortest.Effect{
		Reference: form.Get("metadata[order_number]"), What: "evaluation " + id + ": " + verdict.action + ", " + verdict.level, Caller: caller, At: now,
	})
	metadata := map[string]string{}
	for name := range form {
		if inner, ok := strings.CutPrefix(name, "metadata["); ok {
			metadata[strings.TrimSuffix(inner, "]")] = form.Get(name)
		}
	}
	return http.StatusOK, encode(map[string]any{
		"id": id, "object": "radar.payment_evaluation", "created_at": now.Unix(), "livemode": false, "events": []any{},
		"recommended_action": verdict.action, "metadata": metadata,
		"signals": map[string]any{"fraudulent_payment": map[string]any{"evaluated_at": now.Unix(), "risk_level": verdict.level, "score": verdict.score}},
	})
}

type problem struct {
	Type    string `json:"type"`
	Code    string `json:"code,omitzero"`
	Param   string `json:"param,omitzero"`
	Message string `json:"message,omitzero"`
}

func refuse(w http.ResponseWriter, status int, p problem) {
	write(w, status, encode(map[string]any{"error": p}))
}

func encode(v any) []byte {
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic("stripetest: " + err.Error())
	}
	return body
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Stripe-Version", "2026-08-26.dahlia")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
