// Package queue runs a function behind an SQS queue, and an ingress behind a queue
// or a Kafka topic: it opens the batch, decodes and validates each event, prevents
// repetition and disorder, calls the handler and finalizes each record by the error
// that the handler returns.
//
//	func main() {
//		queue.Start("order-created-crm", func(_ context.Context, env function.Env) (queue.Handler[retail.OrderCreated], error) {
//			client, err := salesforce.New(env.Config)
//			if err != nil {
//				return nil, err
//			}
//			return func(ctx context.Context, e event.Event[retail.OrderCreated]) error {
//				return client.UpsertOrder(ctx, e.Data.Order)
//			}, nil
//		})
//	}
//
// What a record passes through, in this order, is one file each: record.go or
// kafka.go (read the batch), plan.go (which records wait for each other),
// decodeonce.go or timer.go, validate.go, deadline.go, sequence.go, then recorded.go for a
// Natural and claim.go for an Unsafe effect, effect.go (the handler's own), and
// after it retry.go and response.go.
//
// # Delivery
//
// Every record ends in one of three ways: acknowledged after its effect (or
// because it needs none), back in its queue with a growing delay, or in the
// dead-letter queue with its reason. Nothing is dropped: what cannot be read is
// dead-lettered, what cannot be dead-lettered stays in the queue, and near the
// deadline the rest of the batch is reported failed.
//
// # Limits
//
// One process may serve several invokes at once, and records of a batch are
// handled in parallel up to the catalog's Function.Parallel: handlers must be
// safe for concurrent use.
package queue

import (
	"context"
	"fmt"

	"github.com/aws/aws-lambda-go/lambda"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/event"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/idempotency"
)

// Handler reacts to one event. Its error decides what becomes of the event.
type Handler[T any] func(context.Context, event.Event[T]) error

// Start runs the function of that name in the catalog; T is the data of the
// event that triggers it. It does not return; see [function.Start].
func Start[T event.Payload](name string, build func(context.Context, function.Env) (Handler[T], error)) {
	function.Start(name, assemble(build))
}

func assemble[T event.Payload](build func(context.Context, function.Env) (Handler[T], error)) function.Assemble {
	return func(ctx context.Context, p function.Parts) (lambda.Handler, error) {
		if err := triggeredBy[T](p.Function); err != nil {
			return nil, err
		}
		if p.Function.Timers() {
			return nil, fmt.Errorf("the catalog lets %s keep timers, which Start does not take: use StartWithTimers", p.Function.Name)
		}
		handle, err := build(ctx, p.Env())
		if err != nil {
			return nil, err
		}
		c := newConsumer(p)
		setChain(c, handle)
		return c, nil
	}
}

// triggeredBy refuses a handler of events that do not trigger the function.
func triggeredBy[T event.Payload](f catalog.Function) error {
	var data T
	if f.Event() != data.EventType() {
		return fmt.Errorf("the catalog triggers %s by %q, its handler takes %s", f.Name, f.Event(), data.EventType())
	}
	return nil
}

// consumer is one function, built and ready. It is safe for concurrent invokes:
// whatever belongs to an invoke is in its batch.
type consumer struct {
	delivery.Recorder
	ledger   idempotency.Store
	queueURL string
	// ordered is set when the events carry a state.
	ordered bool

	read reader
	// finalize wraps what a record comes to: its outcome is reported, and what no
	// repetition will help goes to the dead-letter queue.
	finalize delivery.Middleware
	// handle takes an event through the whole chain.
	handle delivery.Handler
	// fire takes a timer of the function through its chain; nil if it keeps none.
	fire delivery.Handler
}

func newConsumer(p function.Parts) *consumer {
	return &consumer{Recorder: p.Recorder(), ledger: p.Ledger, queueURL: p.Config.String(config.QueueURL)}
}
