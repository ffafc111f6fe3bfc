package web

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/lambda"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/publisher"
	"signalbox/shared/telemetry"
)

// Receive verifies a request and returns the business events in it. [Reject]
// turns it away, [function.Ignore] accepts one that holds no event. The sender gets
// a 202 only when the bus has all events. What is Permanent or
// Invalid is dead-lettered, so Receive must have verified the sender before it
// returns that; what is Retryable is for the sender to send again.
type Receive func(context.Context, Request) ([]event.Raw, error)

// StartIngress runs the function of that name in the catalog, which takes events in
// by HTTP. It does not return; see [function.Start].
func StartIngress(name string, build func(context.Context, function.Env) (Receive, error)) {
	function.Start(name, assembleIngress(build))
}

func assembleIngress(build func(context.Context, function.Env) (Receive, error)) function.Assemble {
	return func(ctx context.Context, p function.Parts) (lambda.Handler, error) {
		if !p.Function.IsHTTP() || len(p.Function.Emits) == 0 {
			return nil, fmt.Errorf("the catalog does not know %s as a function that takes events in by HTTP", p.Function.Name)
		}
		receive, err := build(ctx, p.Env())
		if err != nil {
			return nil, err
		}
		recorder := p.Recorder()
		i := &ingress{Recorder: &recorder, receive: receive, publisher: p.Publisher}
		return &server{Recorder: &recorder, answer: i.answer}, nil
	}
}

// ingress receives events by HTTP.
type ingress struct {
	*delivery.Recorder
	receive   Receive
	publisher *publisher.Publisher
}

// answer takes a request in. What it holds is on the bus, or in the dead-letter
// queue, before the sender gets a 202.
func (i *ingress) answer(ctx context.Context, r Request) Response {
	err := i.take(ctx, r)
	var turned *rejected
	switch {
	case errors.As(err, &turned):
		return refuse(err)
	case delivery.IsDone(err):
		return Response{Status: 202, Body: []byte(`{}`), Outcome: err}
	case fault.KindOf(err) == fault.Retryable:
		return refuse(err)
	}
	return i.deadLetterRequest(ctx, r, err)
}

func (i *ingress) take(ctx context.Context, r Request) error {
	d := delivery.Of(ctx)
	ctx, cancel := context.WithDeadline(ctx, d.Deadline.Add(-d.Margin))
	defer cancel()
	var events []event.Raw
	open := delivery.Contain(func(ctx context.Context, _ event.Raw) error {
		var err error
		events, err = i.receive(ctx, r)
		return err
	})
	if err := open(ctx, event.Raw{}); err != nil {
		return err
	}
	if len(events) == 0 {
		return function.Ignore("no-event")
	}
	for n := range events {
		if err := delivery.MayEmit(i.Function, events[n].Type); err != nil {
			return err
		}
		if events[n].TraceParent == "" {
			events[n].TraceParent = d.MessageTraceParent
		}
	}
	d.Kill.Reach(delivery.AfterDecode)
	var first error
	errs := i.publisher.Publish(ctx, d.Trace, events...)
	d.Kill.Reach(delivery.AfterEffect)
	for n, err := range errs {
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		telemetry.LogPublished(ctx, i.Log, events[n].Header)
		d.Metrics.Observe(catalog.MetricLatencyMs, max(0, i.Now().Sub(events[n].Time)))
	}
	return first
}

// deadLetterRequest dead-letters a request that cannot be understood, and answers the
// reason. A request that is too large for the dead-letter queue stays with the sender.
func (i *ingress) deadLetterRequest(ctx context.Context, r Request, cause error) Response {
	d := delivery.Of(ctx)
	f := fault.Of(cause)
	size := len(r.Body)
	if !delivery.IsText(r.Body) {
		size = base64.StdEncoding.EncodedLen(size)
	}
	if size > delivery.MaxMessage-8*delivery.MaxAttribute {
		return refuse(Reject(413, f.Reason))
	}
	sending, cancel := delivery.Finalizing(ctx)
	defer cancel()
	if err := i.SendDeadLetter(sending, event.Header{}, d, f); err != nil {
		return refuse(fault.Retry(f.Reason, 0, err))
	}
	expected := ""
	var field *fault.FieldError
	if errors.As(cause, &field) {
		expected = field.Error()
	}
	return Response{Status: 400, Body: reasonBody(f.Reason, expected), Outcome: &delivery.Acknowledged{Outcome: telemetry.DeadLetter, Cause: cause}}
}
