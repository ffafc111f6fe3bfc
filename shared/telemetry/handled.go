package telemetry

import (
	"context"
	"log/slog"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// Outcome is the result of handling one record.
type Outcome string

// The outcomes.
const (
	// Applied: the effect was made.
	Applied Outcome = "applied"
	// Duplicate: the event was applied before.
	Duplicate Outcome = "duplicate"
	// Ignored: acknowledged on purpose, without an effect.
	Ignored Outcome = "ignored"
	// Stale: a newer event of the same subject was applied before.
	Stale Outcome = "stale"
	// Refused: a request was refused, and the answer says so.
	Refused Outcome = "refused"
	// Fallback: a request was answered without the check that it asked for.
	Fallback Outcome = "fallback"
	// Retry: the record went back to its queue, or the sender of a request is to
	// repeat it.
	Retry Outcome = "retry"
	// DeadLetter: sent to the dead-letter queue.
	DeadLetter Outcome = "dead-letter"
)

// Handled is one handled record.
type Handled struct {
	Event   event.Header
	Outcome Outcome
	// Reason is why a record was ignored; the reason of a fault is taken from Err.
	Reason string
	// Err is why the outcome is Retry, Fallback or DeadLetter.
	Err error
	// MessageID is the id of the queue's message or of the request.
	MessageID string
	// Status is the status of the answer to a request; 0 for a queue's message.
	Status int
	// Attempt counts the deliveries of the message, from 1.
	Attempt int
	Took    time.Duration
	// Latency is the time from the event's occurrence; 0 if unknown.
	Latency time.Duration
	TraceID string
}

// Log writes the record's line at level INFO; at WARN for a retry, a fallback or a dead letter.
func (h Handled) Log(ctx context.Context, log *slog.Logger) {
	level := slog.LevelInfo
	if h.Outcome == Retry || h.Outcome == Fallback || h.Outcome == DeadLetter {
		level = slog.LevelWarn
	}
	if !log.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 16)
	text := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, cut(value, maxErrorText)))
		}
	}
	text("messageid", h.MessageID)
	text("eventid", h.Event.ID)
	text("eventtype", string(h.Event.Type))
	text("correlationid", h.Event.CorrelationID)
	text("causationid", h.Event.CausationID)
	text("replay", h.Event.Replay)
	text("outcome", string(h.Outcome))
	if f := fault.Of(h.Err); f != nil {
		text("fault", f.Kind.String())
		text("reason", f.Reason)
		text("error", ErrorText(h.Err))
	} else {
		text("reason", h.Reason)
	}
	if h.Status > 0 {
		attrs = append(attrs, slog.Int("status", h.Status))
	}
	attrs = append(attrs, slog.Int("attempt", h.Attempt), slog.Float64("ms", Milliseconds(h.Took)))
	if h.Latency > 0 {
		attrs = append(attrs, slog.Float64("latencyms", Milliseconds(h.Latency)))
	}
	text("traceid", h.TraceID)
	log.LogAttrs(ctx, level, "handled", attrs...)
}

// LogPublished writes the line of one published event.
func LogPublished(ctx context.Context, log *slog.Logger, h event.Header) {
	log.LogAttrs(ctx, slog.LevelInfo, "published",
		slog.String("eventid", h.ID),
		slog.String("eventtype", string(h.Type)),
		slog.String("correlationid", h.CorrelationID),
		slog.String("causationid", h.CausationID),
	)
}

// Milliseconds returns d in milliseconds, to the microsecond.
func Milliseconds(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000
}
