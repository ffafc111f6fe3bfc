package consumer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
	"signalbox/shared/telemetry"
)

// Request is what one run of a scheduled function is for.
type Request struct {
	// Time is when the clock struck, or now.
	Time time.Time
	// Demand is the JSON object that the function was invoked with by hand; nil
	// if the clock did.
	Demand jsontext.Value
}

// Report is what a run came to. It is the function's answer and part of its log
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
type Run func(context.Context, Request) (Report, error)

// StartSchedule runs the function of that name in the catalog, which the clock
// triggers and anyone who may invoke it. See Start.
func StartSchedule(name string, build func(context.Context, Env) (Run, error)) {
	start(name, func(ctx context.Context, f catalog.Function, d dependencies) (lambda.Handler, error) {
		if f.Trigger != catalog.Schedule {
			return nil, fmt.Errorf("the catalog does not have the clock trigger %s", f.Name)
		}
		run, err := build(ctx, d.env())
		if err != nil {
			return nil, err
		}
		return d.schedule(run), nil
	})
}

func (d dependencies) schedule(run Run) *schedule {
	return &schedule{
		function: d.function, stage: d.config.String(config.Stage), log: d.env().Log, out: os.Stdout, now: time.Now, run: run,
	}
}

// schedule is a function that the clock triggers.
type schedule struct {
	function catalog.Function
	stage    string
	log      *slog.Logger
	// out takes the metrics.
	out io.Writer
	now func() time.Time
	run Run
}

// Invoke implements lambda.Handler.
func (s *schedule) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	request, err := s.read(payload)
	if err != nil {
		return nil, err
	}
	by := "clock"
	if request.Demand != nil {
		by = "demand"
	}
	report, err := s.observed(ctx, by, func(ctx context.Context) (Report, error) { return s.run(ctx, request) })
	if err != nil {
		return nil, errors.New(telemetry.ErrorText(err))
	}
	return strictjson.Marshal(report)
}

// read tells what the function is invoked for. The clock sends what EventBridge
// sends of a schedule:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
func (s *schedule) read(payload []byte) (Request, error) {
	var tick struct {
		Source     string    `json:"source"`
		DetailType string    `json:"detail-type"`
		Time       time.Time `json:"time"`
	}
	if len(payload) == 0 || payload[0] != '{' {
		return Request{}, errors.New("expected a JSON object")
	}
	if err := strictjson.Unmarshal("request", payload, &tick); err != nil {
		return Request{}, errors.New(telemetry.ErrorText(err))
	}
	if tick.Source == "aws.events" && tick.DetailType == "Scheduled Event" && !tick.Time.IsZero() {
		return Request{Time: tick.Time}, nil
	}
	return Request{Time: s.now(), Demand: payload}, nil
}

// observed runs within the invoke's time, contains a panic, writes one line of
// what came of it, and counts it.
func (s *schedule) observed(ctx context.Context, by string, run job) (report Report, err error) {
	started := s.now()
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(s.function.TimeoutOrDefault())
	}
	ctx, cancel := context.WithDeadline(ctx, deadline.Add(-marginOf(time.Until(deadline))))
	defer cancel()
	trace, _ := ctx.Value("x-amzn-trace-id").(string)
	report, err = contained(ctx, run)

	took := s.now().Sub(started)
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
		f := fault.Of(err)
		attrs = append(attrs, slog.String("fault", f.Kind.String()), slog.String("reason", f.Reason), slog.String("error", telemetry.ErrorText(err)))
		metrics.Count(catalog.MetricItemFailures, 1)
	} else {
		metrics.Count(catalog.MetricApplied, 1)
	}
	metrics.Observe(catalog.MetricHandleMs, took)
	attrs = append(attrs, slog.String("outcome", string(outcome)), slog.String("trace", trace))
	s.log.LogAttrs(context.WithoutCancel(ctx), level, "ran", attrs...)
	_ = metrics.Write(s.out, s.now(), telemetry.Dimensions{Stage: s.stage, Function: s.function.Name})
	return report, err
}

// job is a run whose request is decided.
type job = func(context.Context) (Report, error)

func contained(ctx context.Context, run job) (report Report, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = panicked(value)
		}
	}()
	if ctx.Err() != nil {
		return Report{}, untouched()
	}
	return run(ctx)
}
