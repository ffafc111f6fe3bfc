package consumer

import (
	"context"
	"sync/atomic"
	"time"

	"signalbox/shared/telemetry"
)

// delivery is what the runtime knows of one record beside its event.
type delivery struct {
	record    *record
	messageID string
	// attempt counts the deliveries of the message, from 1.
	attempt int
	started time.Time
	// deadline is the invoke's own.
	deadline time.Time
	// margin is kept from handlers, for the ledger and the answer.
	margin time.Duration
	// trace is the X-Ray header of the invoke, messageTrace that of the message.
	trace, messageTrace string
	messageTraceParent  string
	// status is what a request is answered with; 0 for a record of a queue.
	status int
	// data points to the decoded payload.
	data    any
	metrics *telemetry.Metrics
	// reported is set by the one who tells the record's outcome.
	reported atomic.Bool
	kill     *killPoint
}

type deliveryKey struct{}

func withDelivery(ctx context.Context, d *delivery) context.Context {
	return context.WithValue(ctx, deliveryKey{}, d)
}

func deliveryOf(ctx context.Context) *delivery {
	d, _ := ctx.Value(deliveryKey{}).(*delivery)
	return d
}

func invokeTrace(ctx context.Context) string {
	if d := deliveryOf(ctx); d != nil {
		return d.trace
	}
	return ""
}

// settling returns a context for what must be written although the handler's
// time is over: it lives until half of the margin before the invoke's deadline.
func settling(ctx context.Context) (context.Context, context.CancelFunc) {
	d := deliveryOf(ctx)
	return context.WithDeadline(context.WithoutCancel(ctx), d.deadline.Add(-d.margin/2))
}
