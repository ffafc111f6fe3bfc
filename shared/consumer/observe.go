package consumer

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/telemetry"
)

// observe opens the span of the handling, and writes and counts its outcome.
func (c *consumer) observe(next Handler[jsontext.Value]) Handler[jsontext.Value] {
	return func(ctx context.Context, e event.Raw) error {
		d := deliveryOf(ctx)
		if e.TraceParent == "" {
			e.TraceParent = d.messageTraceParent
		}
		ctx, e.Header = c.span(ctx, e.Header)
		err := next(ctx, e)
		c.report(ctx, e.Header, d, time.Since(d.started), err)
		return err
	}
}

// span starts the span of the delivery in ctx, whose event may have no id.
func (c *consumer) span(ctx context.Context, h event.Header) (context.Context, event.Header) {
	d := deliveryOf(ctx)
	return telemetry.Span(ctx, c.function.Name, h, d.messageID+"/"+strconv.Itoa(d.attempt), d.messageTrace, d.trace)
}

// report tells the outcome of a record, once.
func (c *consumer) report(ctx context.Context, h event.Header, d *delivery, took time.Duration, err error) {
	if !d.reported.CompareAndSwap(false, true) {
		return
	}
	now := c.now()
	line := telemetry.Handled{
		Event: h, Outcome: telemetry.Applied, MessageID: d.messageID, Attempt: d.attempt, Status: d.status,
		Took: took, TraceID: telemetry.TraceID(ctx),
	}
	var done *acknowledged
	switch {
	case err == nil:
	case errors.As(err, &done):
		line.Outcome, line.Reason, line.Err = done.outcome, done.reason, done.cause
	default:
		line.Outcome, line.Err = telemetry.Retry, err
	}
	if line.Outcome == telemetry.Applied && !h.Time.IsZero() {
		line.Latency = now.Sub(h.Time)
	}
	d.metrics.Count(counter(line.Outcome), 1)
	if line.Outcome == telemetry.DeadLetter && fault.KindOf(line.Err) == fault.Invalid {
		d.metrics.Count(catalog.MetricInvalid, 1)
	}
	d.metrics.Observe(catalog.MetricHandleMs, line.Took)
	if line.Latency > 0 {
		d.metrics.Observe(catalog.MetricLatencyMs, line.Latency)
	}
	line.Log(ctx, c.log)
}

func counter(o telemetry.Outcome) string {
	switch o {
	case telemetry.Applied:
		return catalog.MetricApplied
	case telemetry.Duplicate:
		return catalog.MetricDuplicates
	case telemetry.Ignored:
		return catalog.MetricIgnored
	case telemetry.Stale:
		return catalog.MetricStale
	case telemetry.Refused:
		return catalog.MetricRefused
	case telemetry.DeadLetter:
		return catalog.MetricDeadLettered
	}
	return catalog.MetricItemFailures
}
