// Package delivery is what all triggers do alike with one record or one request,
// from its arrival to its outcome. The packages of the triggers are built on it;
// handlers never see it.
//
//	ctx = delivery.With(ctx, &delivery.Delivery{MessageID: id, Body: body, Deadline: deadline})
//	handle := recorder.Observe(recorder.DeadLetter(delivery.Contain(next)))
//	err := handle(ctx, raw)
//	if !delivery.IsDone(err) {
//		// The record goes back to where it came from.
//	}
package delivery

import (
	"context"
	"sync/atomic"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/telemetry"
)

// Handler takes one event whose data is not decoded yet.
type Handler func(context.Context, event.Raw) error

// Middleware wraps a Handler.
type Middleware func(Handler) Handler

// Delivery is what the runtime knows of one record or request beside its event.
type Delivery struct {
	MessageID string
	// Body holds the bytes as they were sent.
	Body []byte
	// Path is where a request was sent to; empty for a record.
	Path string
	// FIFO is set for a record of a FIFO queue; GroupID is its group.
	FIFO    bool
	GroupID string
	// Attempt counts the deliveries of the message, from 1.
	Attempt int
	Started time.Time
	// Deadline is the invoke's own; Lease is the same on the function's clock, until
	// when the ledger holds what the delivery claims.
	Deadline, Lease time.Time
	// Margin is kept from handlers, for the ledger and the answer.
	Margin time.Duration
	// Trace is the X-Ray header of the invoke, MessageTrace that of the message.
	Trace, MessageTrace string
	MessageTraceParent  string
	// Status is what a request is answered with; 0 for a record.
	Status int
	// Data points to the decoded payload.
	Data    any
	Metrics *telemetry.Metrics
	Kill    *KillPoint

	// reported is set by the one who reports the outcome.
	reported atomic.Bool
}

type deliveryKey struct{}

// With returns a context that carries d.
func With(ctx context.Context, d *Delivery) context.Context {
	return context.WithValue(ctx, deliveryKey{}, d)
}

// Of returns the delivery that ctx carries; nil if it carries none.
func Of(ctx context.Context) *Delivery {
	d, _ := ctx.Value(deliveryKey{}).(*Delivery)
	return d
}

// InvokeTrace returns the X-Ray header of the invoke; "" outside of one.
func InvokeTrace(ctx context.Context) string {
	if d := Of(ctx); d != nil {
		return d.Trace
	}
	return ""
}

// Finalizing returns a context for what must be written although the handler's
// time is over: it lives until half of the margin before the invoke's deadline.
func Finalizing(ctx context.Context) (context.Context, context.CancelFunc) {
	d := Of(ctx)
	return context.WithDeadline(context.WithoutCancel(ctx), d.Deadline.Add(-d.Margin/2))
}
