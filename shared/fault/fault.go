// Package fault says what an error means for the event that met it.
//
// Errors are classified once, where the knowledge is (a connector that reads a
// status, a decoder that reads a body), and never again on the way up. Only
// the consumer acts on a kind. An error nobody classified is Retryable and
// ambiguous: the safest thing that can be believed about it.
//
// Reasons and messages travel to logs, metrics and dead-letter attributes, so
// neither may hold a payload, a personal value or a secret.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind decides what becomes of an event whose handling failed.
type Kind int

const (
	// Retryable: the same event may succeed later. It goes back to its queue.
	Retryable Kind = iota
	// Permanent: no repetition will help. It goes to the dead-letter queue at once.
	Permanent
	// Invalid: the event itself is wrong; the fix is upstream. Dead-lettered as
	// Permanent is, and counted apart.
	Invalid
)

// String returns the word that stands in metrics and dead-letter attributes.
func (k Kind) String() string {
	switch k {
	case Permanent:
		return "permanent"
	case Invalid:
		return "invalid"
	default:
		return "retryable"
	}
}

// Error is a classified error.
type Error struct {
	Kind Kind
	// Reason is a short stable code such as "fedex-429" or "invalid-field",
	// fit for a metric dimension and an alarm text.
	Reason string
	// RetryAfter is how long the other side asked us to wait; 0 if it did not.
	RetryAfter time.Duration
	// Ambiguous tells that the effect may have happened although the call
	// failed: a timeout, a reset, a 5xx. False is a definite refusal.
	Ambiguous bool
	// Err is the cause.
	Err error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Reason
	}
	return e.Reason + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// Retry returns a Retryable error of a definite refusal: the effect did not
// happen, and the same event may be tried again after the given delay (0 lets
// the consumer choose).
func Retry(reason string, after time.Duration, err error) error {
	return &Error{Kind: Retryable, Reason: reason, RetryAfter: after, Err: err}
}

// Unknown returns a Retryable error after which nobody knows whether the effect
// happened. Before an Unsafe effect is repeated, the vendor is asked.
func Unknown(reason string, after time.Duration, err error) error {
	return &Error{Kind: Retryable, Reason: reason, RetryAfter: after, Ambiguous: true, Err: err}
}

// Refuse returns a Permanent error.
func Refuse(reason string, err error) error {
	return &Error{Kind: Permanent, Reason: reason, Err: err}
}

// Malformed returns an Invalid error with the reason "invalid-event" whose cause
// is err; err must not quote the input.
func Malformed(err error) error {
	return &Error{Kind: Invalid, Reason: "invalid-event", Err: err}
}

// Field returns an Invalid error that names a field and says what was expected
// there, for example Field("lines[2].quantity", "a whole number above 0").
func Field(name, expected string) error {
	return Malformed(&FieldError{Field: name, Expected: expected})
}

// FieldError names one wrong field of an input. It never holds the value.
type FieldError struct {
	Field    string
	Expected string
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: expected %s", e.Field, e.Expected) }

// Of returns the classification of err: the outermost *Error in its chain, or
// Retryable, ambiguous, with reason "unclassified" for any other error, and nil
// for nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Retryable, Reason: "unclassified", Ambiguous: true, Err: err}
}

// KindOf returns the kind of err, Retryable for an error nobody classified.
func KindOf(err error) Kind {
	if e := Of(err); e != nil {
		return e.Kind
	}
	return Retryable
}
