// Package consumer is the runtime of every function behind a queue: it opens
// the batch, decodes and validates each event, prevents repetition and
// disorder, calls the handler and settles each record by the error it returns.
//
// # Delivery
//
// Every record ends in one of three ways: acknowledged after its effect (or
// because it needs none), back in its queue with a growing delay, or in the
// dead-letter queue with its reason. Nothing is dropped: what cannot be read is
// dead-lettered, what cannot be dead-lettered stays in the queue, and near the
// deadline the rest of the batch is reported failed.
//
// # Errors
//
// Handlers return errors of package fault; see there for what each kind means.
// [Ignore] acknowledges without an effect. A panic is Retryable and ambiguous.
//
// # Limits
//
// One process may serve several invokes at once, and records of a batch are
// handled in parallel up to the catalog's Function.Parallel: handlers must be
// safe for concurrent use.
package consumer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/idempotency"
	"signalbox/shared/publisher"
	"signalbox/shared/telemetry"
)

// Handler reacts to one event. Its error decides what becomes of the event.
type Handler[T any] func(context.Context, event.Event[T]) error

// Middleware wraps the handling of events whose data is not decoded yet.
type Middleware func(Handler[jsontext.Value]) Handler[jsontext.Value]

// Env is what a function is built from.
type Env struct {
	// Function is the function's entry in the catalog.
	Function catalog.Function
	// Config holds its settings and secrets.
	Config config.Values
	// Log writes JSON lines, redacted; see package telemetry.
	Log *slog.Logger
	// Now is the clock.
	Now func() time.Time
	// AWS is what a client of one more service of AWS is made from.
	AWS aws.Config

	publisher *publisher.Publisher
	notes     idempotency.Notes
	arrivals  idempotency.Arrivals
	queue     queue
}

// Emit publishes the events that follow from cause: one per payload, its id
// derived from this function, cause, type and subject, so that emitting again
// is harmless. It returns nil only if the bus accepted all of them. A type that
// the catalog does not list under the function's Emits is refused, Permanent;
// a failure to publish is Retryable and ambiguous.
func (e Env) Emit(ctx context.Context, cause event.Header, data ...event.Payload) error {
	events := make([]event.Raw, 0, len(data))
	for _, d := range data {
		if err := mayEmit(e.Function, d.EventType()); err != nil {
			return err
		}
		next, err := event.Next(e.Function.Name, cause, e.Now(), d)
		if err != nil {
			return err
		}
		events = append(events, next)
	}
	if len(events) == 0 {
		return nil
	}
	if e.publisher == nil {
		return fault.Refuse("not-emitted", errors.New("the function has no bus"))
	}
	var first error
	for i, err := range e.publisher.Publish(ctx, invokeTrace(ctx), events...) {
		if err == nil {
			telemetry.LogPublished(ctx, e.Log, events[i].Header)
		} else if first == nil {
			first = err
		}
	}
	return first
}

func mayEmit(f catalog.Function, t event.Type) error {
	if !slices.Contains(f.Emits, t) {
		return fault.Refuse("not-emitted", fmt.Errorf("the catalog does not let %s emit %s", f.Name, t))
	}
	return nil
}

// Ignore acknowledges the event without an effect and counts it under the
// reason, a short stable code such as "test-notification".
func Ignore(reason string) error {
	return &acknowledged{outcome: telemetry.Ignored, reason: reason}
}

// acknowledged is an "error" after which the record is done. Middleware inside
// tell telemetry by it what became of the event.
type acknowledged struct {
	outcome telemetry.Outcome
	reason  string
	// cause is the fault of a record that was dead-lettered.
	cause error
}

func (a *acknowledged) Error() string {
	if a.reason == "" {
		return string(a.outcome)
	}
	return string(a.outcome) + ": " + a.reason
}

// isDone reports whether the record needs no further handling.
func isDone(err error) bool {
	if err == nil {
		return true
	}
	var a *acknowledged
	return errors.As(err, &a)
}
