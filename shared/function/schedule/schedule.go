// Package schedule runs a function on a schedule, and for anyone who may invoke it by
// hand.
//
//	func main() {
//		schedule.Start("backfill", func(_ context.Context, env function.Env) (schedule.Run, error) {
//			client, err := commercetools.New(env.Config)
//			if err != nil {
//				return nil, err
//			}
//			return func(ctx context.Context, i schedule.Invocation) (schedule.Report, error) {
//				n, err := client.CountMessages(ctx, i.Time)
//				return schedule.Report{Counts: map[string]int{"Messages": n}}, err
//			}, nil
//		})
//	}
package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/strictjson"
	"signalbox/shared/telemetry"
)

// Invocation is what one run is for.
type Invocation struct {
	// Time is when the schedule was due; now, for an invocation by hand.
	Time time.Time
	// Demand is the JSON object that the function was invoked with by hand; nil
	// if the schedule did.
	Demand jsontext.Value
}

// Report is the result of a run. It is the function's answer and part of its log
// line, so it holds counts, times and ids and nothing of a payload.
type Report struct {
	// Counts are metrics too, by their names.
	Counts map[string]int `json:"counts,omitempty"`
	// Notes are short words.
	Notes map[string]string `json:"notes,omitempty"`
}

// Run is one run of a scheduled function. An error fails it: Lambda runs it twice
// more, then puts what it was for into the queue of failed runs. The report counts
// in any case.
type Run func(context.Context, Invocation) (Report, error)

// Start runs the function of that name in the catalog, which a schedule triggers and
// anyone who may invoke it. It does not return; see [function.Start].
func Start(name string, build func(context.Context, function.Env) (Run, error)) {
	function.Start(name, func(ctx context.Context, p function.Parts) (lambda.Handler, error) {
		if !p.Function.IsSchedule() {
			return nil, fmt.Errorf("the catalog does not have a schedule trigger %s", p.Function.Name)
		}
		run, err := build(ctx, p.Env())
		if err != nil {
			return nil, err
		}
		return New(p.Recorder(), run), nil
	})
}

// Function is a function that a schedule triggers. It is a lambda.Handler.
type Function struct {
	delivery.Recorder
	run Run
}

// New returns the function that runs run and reports by r.
func New(r delivery.Recorder, run Run) *Function { return &Function{Recorder: r, run: run} }

// Invoke implements lambda.Handler.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	invocation, err := f.read(payload)
	if err != nil {
		return nil, err
	}
	by := "clock"
	if invocation.Demand != nil {
		by = "demand"
	}
	report, err := f.Observed(ctx, by, func(ctx context.Context) (Report, error) { return f.run(ctx, invocation) })
	if err != nil {
		return nil, errors.New(telemetry.ErrorText(err))
	}
	return strictjson.Marshal(report)
}

// read returns what the function is invoked for. EventBridge sends of a schedule:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
func (f *Function) read(payload []byte) (Invocation, error) {
	var tick struct {
		Source     string    `json:"source"`
		DetailType string    `json:"detail-type"`
		Time       time.Time `json:"time"`
	}
	if len(payload) == 0 || payload[0] != '{' {
		return Invocation{}, errors.New("expected a JSON object")
	}
	if err := strictjson.Unmarshal("request", payload, &tick); err != nil {
		return Invocation{}, errors.New(telemetry.ErrorText(err))
	}
	if tick.Source == "aws.events" && tick.DetailType == "Scheduled Event" && !tick.Time.IsZero() {
		return Invocation{Time: tick.Time}, nil
	}
	return Invocation{Time: f.Now(), Demand: payload}, nil
}

// Observed runs within the invoke's time, contains a panic, logs its outcome
// in one line, and counts it.
func (f *Function) Observed(ctx context.Context, by string, run Job) (report Report, err error) {
	started := f.Now()
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(f.Function.TimeoutOrDefault())
	}
	ctx, cancel := context.WithDeadline(ctx, deadline.Add(-delivery.MarginOf(time.Until(deadline))))
	defer cancel()
	trace, _ := ctx.Value("x-amzn-trace-id").(string)
	report, err = contained(ctx, run)

	took := f.Now().Sub(started)
	metrics := &telemetry.Metrics{}
	outcome, level := telemetry.Applied, slog.LevelInfo
	attrs := []slog.Attr{slog.String("by", by), slog.Float64("ms", telemetry.Milliseconds(took))}
	for _, name := range slices.Sorted(maps.Keys(report.Counts)) {
		metrics.Count(name, report.Counts[name])
		attrs = append(attrs, slog.Int(name, report.Counts[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(report.Notes)) {
		attrs = append(attrs, slog.String(name, report.Notes[name]))
	}
	if err != nil {
		outcome, level = "failed", slog.LevelWarn
		failure := fault.Of(err)
		attrs = append(attrs, slog.String("fault", failure.Kind.String()), slog.String("reason", failure.Reason), slog.String("error", telemetry.ErrorText(err)))
		metrics.Count(catalog.MetricItemFailures, 1)
	} else {
		metrics.Count(catalog.MetricApplied, 1)
	}
	metrics.Observe(catalog.MetricHandleMs, took)
	attrs = append(attrs, slog.String("outcome", string(outcome)), slog.String("trace", trace))
	f.Log.LogAttrs(context.WithoutCancel(ctx), level, "ran", attrs...)
	_ = metrics.Write(f.Out, f.Now(), telemetry.Dimensions{Stage: f.Stage, Function: f.Function.Name})
	return report, err
}

// Job is a run whose request is decided.
type Job = func(context.Context) (Report, error)

func contained(ctx context.Context, run Job) (report Report, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = delivery.Panicked(value)
		}
	}()
	if ctx.Err() != nil {
		return Report{}, delivery.Untouched()
	}
	return run(ctx)
}
