// Package telemetry is what a function tells about itself: JSON log lines
// without payloads, CloudWatch metrics in the embedded metric format, and the
// W3C trace context that every hop carries on.
//
// # Limits
//
// Logs and metrics are one Write per line, so lines of concurrent invokes do
// not interleave. No value of a payload, no secret and no raw error text of an
// unclassified error is ever written: see [New] and [ErrorText].
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

// maxErrorText bounds the text of an error in a log line, in bytes.
const maxErrorText = 500

// New returns a logger that writes one JSON object per line to w, each with the
// given function and stage. The level is a word of AWS_LAMBDA_LOG_LEVEL: TRACE,
// DEBUG, INFO, WARN, ERROR or FATAL; any other means INFO.
//
// Structs are redacted by the class tags of their fields: a field tagged
// `class:"personal"` is written as "[personal]" at any depth. Bytes, raw JSON
// and the values of maps have no classes and are never written. Errors are
// written as [ErrorText] renders them.
func New(w io.Writer, level, function, stage string) *slog.Logger {
	inner := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: parseLevel(level), ReplaceAttr: nameTime})
	return slog.New(&redactor{inner}).With(slog.String("function", function), slog.String("stage", stage))
}

// nameTime gives a line's time the name that Lambda's own filter of JSON logs
// reads it by: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
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

// Lines makes w safe for concurrent use: Writes happen one after the other.
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
// the contract of package fault and is cut to 500 bytes. Of any other error
// only the types in its chain are told, since its text may quote a payload.
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
