// Package function is what every Lambda function has, whatever triggers it: its
// settings, its log, its clock, its state and the events it emits. The packages
// below it run a function by its trigger: queue (SQS and Kafka), web (HTTP),
// schedule and customresource.
//
//	func main() {
//		queue.Start("order-created-crm", func(_ context.Context, env function.Env) (queue.Handler[retail.OrderCreated], error) {
//			client, err := salesforce.New(env.Config)
//			if err != nil {
//				return nil, err
//			}
//			return handler{crm: client, emit: env.Emit}.handle, nil
//		})
//	}
//
// # Errors
//
// Handlers return errors of package fault; see there for what each kind means.
// [Ignore] acknowledges without an effect. A panic is Retryable and ambiguous.
package function

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/idempotency"
	"signalbox/shared/publisher"
	"signalbox/shared/state"
	"signalbox/shared/telemetry"
)

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
	// State keeps what the function must remember between events; see package state.
	State state.Store

	publisher *publisher.Publisher
	arrivals  idempotency.Arrivals
	queue     delivery.SQS
}

// Emit publishes the events that follow from cause: one per payload, its id
// derived from this function, cause, type and subject, so that emitting again
// is harmless. It returns nil only if the bus accepted all of them. A type that
// the catalog does not list under the function's Emits is refused, Permanent;
// a failure to publish is Retryable and ambiguous.
func (e Env) Emit(ctx context.Context, cause event.Header, data ...event.Payload) error {
	events := make([]event.Raw, 0, len(data))
	for _, d := range data {
		next, err := e.Derive(cause, d)
		if err != nil {
			return err
		}
		events = append(events, next)
	}
	return e.Publish(ctx, events...)
}

// Derive returns the event that follows from cause, as Emit publishes it, for who
// must keep it before it is published.
func (e Env) Derive(cause event.Header, data event.Payload) (event.Raw, error) {
	if err := delivery.MayEmit(e.Function, data.EventType()); err != nil {
		return event.Raw{}, err
	}
	return event.Next(e.Function.Name, cause, e.Now(), data)
}

// Publish puts events on the bus that Derive returned. It returns nil only if the
// bus accepted all of them; a failure is Retryable and ambiguous.
func (e Env) Publish(ctx context.Context, events ...event.Raw) error {
	if len(events) == 0 {
		return nil
	}
	if e.publisher == nil {
		return fault.Refuse("not-emitted", errors.New("the function has no bus"))
	}
	var first error
	for i, err := range e.publisher.Publish(ctx, delivery.InvokeTrace(ctx), events...) {
		if err == nil {
			telemetry.LogPublished(ctx, e.Log, events[i].Header)
		} else if first == nil {
			first = err
		}
	}
	return first
}

// Ignore acknowledges the event without an effect and counts it under the
// reason, a short stable code such as "test-notification".
func Ignore(reason string) error { return delivery.Ignore(reason) }
