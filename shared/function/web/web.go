// Package web runs a function that HTTP requests trigger: an ingress that takes
// events in, or a responder whose sender waits for the answer.
//
//	func main() {
//		web.StartIngress("webhook", func(_ context.Context, env function.Env) (web.Receive, error) {
//			verify, err := signature.New(env.Config)
//			if err != nil {
//				return nil, err
//			}
//			return func(_ context.Context, r web.Request) ([]event.Raw, error) {
//				if !verify(r.Header("x-signature"), r.Body) {
//					return nil, web.Reject(401, "signature")
//				}
//				return carrier.Open(r.Body)
//			}, nil
//		})
//	}
//
// # Delivery
//
// A sender is answered 202 only when the bus, or the dead-letter queue, has what was
// sent. What cannot be taken now is answered 503, for the sender to send again.
package web

import (
	"context"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/event"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/telemetry"
)

// server is a function behind an address of its own.
type server struct {
	*delivery.Recorder
	answer func(context.Context, Request) Response
	// direct allows invocations without HTTP.
	direct bool
}

// Invoke implements lambda.Handler: it answers one request and reports its
// outcome in one line, whatever happens.
func (s *server) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	started := time.Now()
	r, err := readRequest(payload, s.Now())
	if err != nil {
		return nil, err
	}
	if r.Direct && !s.direct {
		return nil, errors.New("not a request: the payload is not that of a function URL")
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = started.Add(s.Function.TimeoutOrDefault())
	}
	metrics := &telemetry.Metrics{}
	d := &delivery.Delivery{
		Body: r.Body, Path: r.Path, MessageID: r.ID, Attempt: 1, Started: started, Deadline: deadline,
		Margin: delivery.MarginOf(deadline.Sub(started)), Metrics: metrics, Kill: s.Kill,
	}
	d.Trace, _ = ctx.Value("x-amzn-trace-id").(string)
	ctx, header := s.Span(delivery.With(ctx, d), event.Header{TraceParent: r.Header("traceparent")})
	d.MessageTraceParent = header.TraceParent
	response := s.check(r)
	if response.Status == 0 {
		response = s.answer(ctx, r)
	}
	d.Status = response.Status
	s.Report(ctx, header, d, time.Since(started), response.Outcome)
	_ = metrics.Write(s.Out, s.Now(), telemetry.Dimensions{Stage: s.Stage, Function: s.Function.Name})
	s.Kill.Reach(delivery.BeforeAck)
	if r.Direct {
		return response.Body, nil
	}
	return response.encode(), nil
}

// check refuses what no function takes; the response has no status if it does not.
func (s *server) check(r Request) Response {
	switch {
	case !r.Direct && r.Method != "POST":
		return refuse(Reject(405, "method"))
	case len(r.Body) == 0:
		return refuse(Reject(400, "empty"))
	case len(r.Body) > maxRequest:
		return refuse(Reject(413, "too-large"))
	}
	return Response{}
}

// refuse answers with the reason alone.
func refuse(err error) Response {
	var r *rejected
	if !errors.As(err, &r) {
		return Response{Status: 503, Body: reasonBody("try-again", ""), Outcome: err}
	}
	return Response{Status: r.status, Body: reasonBody(r.Reason, ""), Outcome: err}
}

// reasonBody is what a sender is answered: a reason and, of a wrong field, its name and
// what was expected there. Neither holds anything of the payload.
func reasonBody(reason, expected string) []byte {
	body, _ := json.Marshal(struct {
		Reason   string `json:"reason"`
		Expected string `json:"expected,omitzero"`
	}{reason, expected})
	return body
}

// Reject turns a request away with an HTTP status of 400 to 499 and counts it
// under the reason, a short stable code. The sender gets both and nothing else.
func Reject(status int, reason string) error {
	return &rejected{delivery.Acknowledged{Outcome: telemetry.Refused, Reason: reason}, status}
}

type rejected struct {
	delivery.Acknowledged
	status int
}

func (r *rejected) Unwrap() error { return &r.Acknowledged }
