// Package telemetry writes a function's logs, metrics and trace context: JSON
// log lines without payloads, CloudWatch metrics in the embedded metric format,
// and the W3C trace context that every hop passes on.
//
//	log := telemetry.New(os.Stdout, "INFO", "order-created-crm", "dev")
//	ctx, header := telemetry.Span(ctx, "order-created-crm", e.Header, messageID)
//	telemetry.Handled{Event: header, Outcome: telemetry.Applied, Took: took}.Log(ctx, log)
//
//	var metrics telemetry.Metrics
//	metrics.Count("Applied", 1)
//	metrics.Observe("Duration", took)
//	err := metrics.Write(os.Stdout, now, telemetry.Dimensions{Stage: "dev", Function: "order-created-crm"})
//
// # Limits
//
// Each line of logs and metrics is one Write, so lines of concurrent invokes do
// not interleave. A payload's values, secrets and the raw text of an unclassified
// error are never written: see [New] and [ErrorText].
package telemetry

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"

	"signalbox/shared/fault"
)

// maxErrorText limits the text of an error in a log line, in bytes.
const maxErrorText = 500

// New returns a logger that writes one JSON object per line to w, each with the
// given function and stage. The level is a word of AWS_LAMBDA_LOG_LEVEL: TRACE,
// DEBUG, INFO, WARN, ERROR or FATAL; any other means INFO.
//
// Structs are redacted by the class tags of their fields: a field tagged
// `class:"personal"` is written as "[personal]" at any depth. Bytes, raw JSON
// and the values of maps have no classes and are never written. Errors are
// rendered by [ErrorText].
func New(w io.Writer, level, function, stage string) *slog.Logger {
	inner := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: parseLevel(level), ReplaceAttr: nameTime})
	return slog.New(&redactor{inner}).With(slog.String("function", function), slog.String("stage", stage))
}

// nameTime gives a line's time the name that Lambda's filter of JSON logs
// expects: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
func nameTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		a.Key = "timestamp"
	}
	return a
}

func parseLevel(word string) slog.Level {
	switch strings.ToUpper(word) {
	case "TRACE", "DEBUG":
		return slog.LevelDebug
	case "WARN":
		return slog.LevelWarn
	case "ERROR":
		return slog.LevelError
	case "FATAL":
		return slog.LevelError + 4
	}
	return slog.LevelInfo
}

// Lines makes w safe for concurrent use: one Write at a time.
func Lines(w io.Writer) io.Writer { return &lines{w: w} }

type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// ErrorText renders err for a log. The text of a classified error is safe by
// the contract of package fault and is cut to 500 bytes. For any other error it
// returns only the types in the chain, since the text may quote a payload.
func ErrorText(err error) string {
	if err == nil {
		return ""
	}
	var classified *fault.Error
	if errors.As(err, &classified) && classified.Reason != "unclassified" {
		return cut(classified.Error(), maxErrorText)
	}
	if classified != nil && classified.Err != nil {
		err = classified.Err
	}
	var types []string
	for e := err; e != nil && len(types) < 8; e = errors.Unwrap(e) {
		types = append(types, fmt.Sprintf("%T", e))
	}
	return cut(strings.Join(types, " of "), maxErrorText)
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
