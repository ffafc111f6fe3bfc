// Package fault classifies errors: retry the event, or send it to the
// dead-letter queue. Return one of the constructors' errors where the cause is
// known, and read the classification with [Of]:
//
//	switch {
//	case status == 429:
//		return fault.Retry("fedex-429", retryAfter, err) // refused, try later
//	case status >= 500:
//		return fault.Unknown("fedex-500", 0, err) // the effect may have happened
//	case status >= 400:
//		return fault.Refuse("fedex-400", err) // a repetition does not help
//	}
//
//	f := fault.Of(err)
//	log.Warn("failed", "fault", f.Kind.String(), "reason", f.Reason)
//
// An error is classified once, where the knowledge is (a connector that reads a
// status, a decoder that reads a body), and never again on the way up. Only the
// runtime (package function) acts on a kind. An unclassified error is Retryable
// and ambiguous, which is the safest assumption.
//
// Reasons and messages go to logs, metrics and dead-letter attributes, so
// neither may hold a payload, a personal value or a secret.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind decides whether a failed event is retried or dead-lettered.
type Kind int

const (
	// Retryable: the same event may succeed later. It goes back to its queue.
	Retryable Kind = iota
	// Permanent: repeating does not help. It goes to the dead-letter queue at once.
	Permanent
	// Invalid: the event itself is wrong; the fix is upstream. Dead-lettered like
	// Permanent, and counted separately.
	Invalid
)

// String returns the word used in metrics and dead-letter attributes.
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
	// RetryAfter is how long the system asks us to wait; 0 if it does not.
	RetryAfter time.Duration
	// Ambiguous: the effect may have happened although the call failed: a
	// timeout, a reset, a 5xx. False is a definite refusal.
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

// Retry returns a Retryable error for a definite refusal: the effect did not
// happen, and the same event may be retried after the given delay (at 0 the
// runtime chooses).
func Retry(reason string, after time.Duration, err error) error {
	return &Error{Kind: Retryable, Reason: reason, RetryAfter: after, Err: err}
}

// Unknown returns a Retryable, ambiguous error: the effect may have happened.
// Before an Unsafe effect is repeated, it is looked up at the vendor.
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

// Field returns an Invalid error that names a field and the value expected
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

// KindOf returns the kind of err, Retryable for an unclassified error.
func KindOf(err error) Kind {
	if e := Of(err); e != nil {
		return e.Kind
	}
	return Retryable
}
