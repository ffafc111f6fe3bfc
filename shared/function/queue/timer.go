package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/lambda"

	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/process"
	"signalbox/shared/telemetry"
)

// Timed handles the events that trigger a function and the timers that it set.
type Timed[T any] interface {
	// Handle is a Handler.
	Handle(context.Context, event.Event[T]) error
	// Fire is given a timer, under the same chain. What it does must be Natural: it
	// is recorded after, not claimed before. [process.ErrStale] acknowledges a timer
	// that means nothing any more.
	Fire(context.Context, event.Event[process.Fired]) error
}

// StartWithTimers runs a function that keeps timers: beside the events of its type
// its queue brings the timers that it set. See Start.
func StartWithTimers[T event.Payload](name string, build func(context.Context, function.Env) (Timed[T], error)) {
	function.Start(name, assembleWithTimers(build))
}

func assembleWithTimers[T event.Payload](build func(context.Context, function.Env) (Timed[T], error)) function.Assemble {
	return func(ctx context.Context, p function.Parts) (lambda.Handler, error) {
		if !p.Function.Timers() {
			return nil, fmt.Errorf("the catalog lets %s keep no timers", p.Function.Name)
		}
		if err := triggeredBy[T](p.Function); err != nil {
			return nil, err
		}
		handler, err := build(ctx, p.Env())
		if err != nil {
			return nil, err
		}
		c := newConsumer(p)
		setChain(c, handler.Handle)
		c.takeTimers(handler.Fire)
		return c, nil
	}
}

// takeTimers lets the consumer take the function's own timers too.
func (c *consumer) takeTimers(fire Handler[process.Fired]) {
	c.fire = c.finalize(chain(delivery.Contain, valid[process.Fired], c.ownTimer, bounded, c.recorded, staleTimer)(typed(fire)))
	events := c.read
	c.read = func(body []byte) (event.Raw, any, error) {
		if raw, data, ok := readTimer(body); ok {
			return raw, data, nil
		}
		return events(body)
	}
}

// readTimer reads the message of a timer. Scheduler delivers it bare; whatever the
// bus wrapped is no timer, since nobody may set one off by publishing.
func readTimer(body []byte) (event.Raw, any, bool) {
	if !mayBeTimer(body) {
		return event.Raw{}, nil, false
	}
	raw, err := event.Parse(body)
	if err != nil || raw.Type != process.TypeFired {
		return event.Raw{}, nil, false
	}
	fired, err := event.As[process.Fired](raw)
	if err != nil {
		return event.Raw{}, nil, false
	}
	return raw, &fired.Data, true
}

// mayBeTimer reports whether a body names the type of timers somewhere.
func mayBeTimer(body []byte) bool { return bytes.Contains(body, []byte(`"`+process.TypeFired+`"`)) }

// isTimer reports whether what was read of a body is a timer.
func isTimer(data any) bool {
	_, ok := data.(*process.Fired)
	return ok
}

// ownTimer refuses a timer that another function set.
func (c *consumer) ownTimer(next delivery.Handler) delivery.Handler {
	return func(ctx context.Context, e event.Raw) error {
		if e.Source != process.Source(c.Function.Name) {
			return fault.Field("source", "the function that set the timer")
		}
		return next(ctx, e)
	}
}

// staleTimer makes an outcome of a firing that comes too late to mean anything.
func staleTimer(next delivery.Handler) delivery.Handler {
	return func(ctx context.Context, e event.Raw) error {
		err := next(ctx, e)
		if errors.Is(err, process.ErrStale) {
			return &delivery.Acknowledged{Outcome: telemetry.Stale, Reason: "timer-moved"}
		}
		return err
	}
}
