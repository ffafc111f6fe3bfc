package delivery

import (
	"errors"
	"fmt"
	"slices"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/telemetry"
)

// Acknowledged is an "error" after which the record is done. Middleware reports
// with it what became of the event.
type Acknowledged struct {
	Outcome telemetry.Outcome
	Reason  string
	// Cause is the fault of a record that was dead-lettered.
	Cause error
}

// Error implements error.
func (a *Acknowledged) Error() string {
	if a.Reason == "" {
		return string(a.Outcome)
	}
	return string(a.Outcome) + ": " + a.Reason
}

// Ignore acknowledges an event without an effect, for the given reason.
func Ignore(reason string) error {
	return &Acknowledged{Outcome: telemetry.Ignored, Reason: reason}
}

// IsDone reports whether the record needs no further handling.
func IsDone(err error) bool {
	if err == nil {
		return true
	}
	var a *Acknowledged
	return errors.As(err, &a)
}

// MayEmit refuses a type of event that the catalog does not list under the
// function's Emits.
func MayEmit(f catalog.Function, t event.Type) error {
	if !slices.Contains(f.Emits, t) {
		return fault.Refuse("not-emitted", fmt.Errorf("the catalog does not let %s emit %s", f.Name, t))
	}
	return nil
}
