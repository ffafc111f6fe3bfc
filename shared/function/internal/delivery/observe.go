package delivery

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/telemetry"
)

// SQS is what the runtime needs of SQS.
type SQS interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// Recorder reports the outcomes of one function and dead-letters what no
// repetition will help. It is safe for concurrent use.
type Recorder struct {
	Function catalog.Function
	Stage    string
	Log      *slog.Logger
	// Out takes the metrics.
	Out    io.Writer
	Now    func() time.Time
	Queue  SQS
	DLQURL string
	Kill   *KillPoint
}

// Observe opens the span of the handling, and writes and counts its outcome.
func (r *Recorder) Observe(next Handler) Handler {
	return func(ctx context.Context, e event.Raw) error {
		d := Of(ctx)
		if e.TraceParent == "" {
			e.TraceParent = d.MessageTraceParent
		}
		ctx, e.Header = r.Span(ctx, e.Header)
		err := next(ctx, e)
		r.Report(ctx, e.Header, d, time.Since(d.Started), err)
		return err
	}
}

// Span starts the span of the delivery in ctx, whose event may have no id.
func (r *Recorder) Span(ctx context.Context, h event.Header) (context.Context, event.Header) {
	d := Of(ctx)
	return telemetry.Span(ctx, r.Function.Name, h, d.MessageID+"/"+strconv.Itoa(d.Attempt), d.MessageTrace, d.Trace)
}

// Report logs and counts the outcome of a record, once.
func (r *Recorder) Report(ctx context.Context, h event.Header, d *Delivery, took time.Duration, err error) {
	if !d.reported.CompareAndSwap(false, true) {
		return
	}
	now := r.Now()
	line := telemetry.Handled{
		Event: h, Outcome: telemetry.Applied, MessageID: d.MessageID, Attempt: d.Attempt, Status: d.Status,
		Took: took, TraceID: telemetry.TraceID(ctx),
	}
	var done *Acknowledged
	switch {
	case err == nil:
	case errors.As(err, &done):
		line.Outcome, line.Reason, line.Err = done.Outcome, done.Reason, done.Cause
	default:
		line.Outcome, line.Err = telemetry.Retry, err
	}
	if line.Outcome == telemetry.Applied && !h.Time.IsZero() {
		line.Latency = now.Sub(h.Time)
	}
	d.Metrics.Count(counter(line.Outcome), 1)
	if line.Outcome == telemetry.DeadLetter && fault.KindOf(line.Err) == fault.Invalid {
		d.Metrics.Count(catalog.MetricInvalid, 1)
	}
	d.Metrics.Observe(catalog.MetricHandleMs, line.Took)
	if line.Latency > 0 {
		d.Metrics.Observe(catalog.MetricLatencyMs, line.Latency)
	}
	line.Log(ctx, r.Log)
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
