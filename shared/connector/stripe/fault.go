package stripe

import (
	"net/http"
	"time"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
)

// lockWait is how long a request waits whose object or key is in use.
const lockWait = 2 * time.Second

// classify refines the fault of a status by Stripe's error and its advice
// Stripe-Should-Retry tell: https://docs.stripe.com/error-low-level
func classify(r connector.Response) error {
	f := *fault.Of(connector.StatusFault(system, r))
	if p := parse(r.Body); p.Type != "" {
		f.Err = p
	}
	if r.Status == http.StatusConflict {
		// Another request holds the object (lock_timeout) or the key
		// (idempotency_key_in_use); this one was not begun.
		f.Kind, f.RetryAfter = fault.Retryable, max(f.RetryAfter, lockWait)
	}
	switch advice := r.Header.Get("Stripe-Should-Retry"); {
	case advice == "true":
		f.Kind = fault.Retryable
		f.RetryAfter = max(f.RetryAfter, connector.RetryAfter(r.Header, time.Now()))
	case advice == "false" && r.Status != http.StatusUnauthorized && r.Status != http.StatusTooManyRequests:
		// A new key and a later time cure these two, whatever the advice is.
		f.Kind = fault.Permanent
	}
	return &f
}
