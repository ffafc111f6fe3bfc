package consumer

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/publisher"
	"signalbox/shared/telemetry"
)

// Receive verifies a request and returns the business events in it. [Reject]
// turns it away, [Ignore] accepts one that holds no event. The sender is told
// that it was accepted only when the bus has all events. What is Permanent or
// Invalid is dead-lettered, so Receive must have verified the sender before it
// returns that; what is Retryable is for the sender to send again.
type Receive func(context.Context, HTTPRequest) ([]event.Raw, error)

// Reject turns a request away with an HTTP status of 400 to 499 and counts it
// under the reason, a short stable code. The sender is told both and no more.
func Reject(status int, reason string) error {
	return &rejected{acknowledged{outcome: telemetry.Refused, reason: reason}, status}
}

type rejected struct {
	acknowledged
	status int
}

func (r *rejected) Unwrap() error { return &r.acknowledged }

// server is a function behind an address of its own.
type server struct {
	*consumer
	answer func(context.Context, HTTPRequest) Response
	// direct allows invocations without HTTP.
	direct bool
}

// Invoke implements lambda.Handler: it answers one request and tells its outcome
// in one line, whatever happens.
func (s *server) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	started := time.Now()
	r, err := readRequest(payload, s.now())
	if err != nil {
		return nil, err
	}
	if r.Direct && !s.direct {
		return nil, errors.New("not a request: the payload is not that of a function URL")
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = started.Add(s.function.TimeoutOrDefault())
	}
	metrics := &telemetry.Metrics{}
	d := &delivery{
		record: &record{Body: r.Body, path: r.Path}, messageID: r.ID, attempt: 1, started: started, deadline: deadline,
		margin: marginOf(deadline.Sub(started)), metrics: metrics, kill: s.kill,
	}
	d.trace, _ = ctx.Value("x-amzn-trace-id").(string)
	ctx, header := s.span(withDelivery(ctx, d), event.Header{TraceParent: r.Header("traceparent")})
	d.messageTraceParent = header.TraceParent
	response := s.check(r)
	if response.Status == 0 {
		response = s.answer(ctx, r)
	}
	d.status = response.Status
	s.report(ctx, header, d, time.Since(started), response.Outcome)
	_ = metrics.Write(s.out, s.now(), telemetry.Dimensions{Stage: s.stage, Function: s.function.Name})
	s.kill.reach(beforeAck)
	if r.Direct {
		return response.Body, nil
	}
	return response.encode(), nil
}

// check refuses what no function takes; the response has no status if it does not.
func (s *server) check(r HTTPRequest) Response {
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
		return Response{Status: 503, Body: note("try-again", ""), Outcome: err}
	}
	return Response{Status: r.status, Body: note(r.reason, ""), Outcome: err}
}

// note is what a sender is told: a reason and, of a wrong field, its name and
// what was expected there. Neither holds anything of the payload.
func note(reason, expected string) []byte {
	body, _ := json.Marshal(struct {
		Reason   string `json:"reason"`
		Expected string `json:"expected,omitzero"`
	}{reason, expected})
	return body
}

// webhook receives events by HTTP.
type webhook struct {
	*consumer
	receive   Receive
	publisher *publisher.Publisher
}

// answer takes a request in: what is in it is on the bus, or in the dead-letter
// queue, before the sender is told that we have it.
func (w *webhook) answer(ctx context.Context, r HTTPRequest) Response {
	err := w.take(ctx, r)
	var turned *rejected
	switch {
	case errors.As(err, &turned):
		return refuse(err)
	case isDone(err):
		return Response{Status: 202, Body: []byte(`{}`), Outcome: err}
	case fault.KindOf(err) == fault.Retryable:
		return refuse(err)
	}
	return w.bury(ctx, r, err)
}

func (w *webhook) take(ctx context.Context, r HTTPRequest) error {
	d := deliveryOf(ctx)
	ctx, cancel := context.WithDeadline(ctx, d.deadline.Add(-d.margin))
	defer cancel()
	var events []event.Raw
	open := contain(func(ctx context.Context, _ event.Raw) error {
		var err error
		events, err = w.receive(ctx, r)
		return err
	})
	if err := open(ctx, event.Raw{}); err != nil {
		return err
	}
	if len(events) == 0 {
		return Ignore("no-event")
	}
	for i := range events {
		if err := mayEmit(w.function, events[i].Type); err != nil {
			return err
		}
		if events[i].TraceParent == "" {
			events[i].TraceParent = d.messageTraceParent
		}
	}
	d.kill.reach(afterDecode)
	var first error
	errs := w.publisher.Publish(ctx, d.trace, events...)
	d.kill.reach(afterEffect)
	for i, err := range errs {
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		telemetry.LogPublished(ctx, w.log, events[i].Header)
		d.metrics.Observe(catalog.MetricLatencyMs, max(0, w.now().Sub(events[i].Time)))
	}
	return first
}

// bury dead-letters what cannot be understood, and tells the sender why. What is
// too large for the dead-letter queue stays with the sender.
func (w *webhook) bury(ctx context.Context, r HTTPRequest, cause error) Response {
	d := deliveryOf(ctx)
	f := fault.Of(cause)
	size := len(r.Body)
	if !isText(r.Body) {
		size = base64.StdEncoding.EncodedLen(size)
	}
	if size > maxMessage-8*maxAttribute {
		return refuse(Reject(413, f.Reason))
	}
	sending, cancel := settling(ctx)
	defer cancel()
	if err := w.sendDeadLetter(sending, event.Header{}, d, f); err != nil {
		return refuse(fault.Retry(f.Reason, 0, err))
	}
	expected := ""
	var field *fault.FieldError
	if errors.As(cause, &field) {
		expected = field.Error()
	}
	return Response{Status: 400, Body: note(f.Reason, expected), Outcome: &acknowledged{outcome: telemetry.DeadLetter, cause: cause}}
}

// Responder answers requests whose sender waits for the answer.
type Responder struct {
	// Answer answers within its context's time. [Reject] turns the request away.
	Answer func(context.Context, HTTPRequest) (Response, error)
	// Otherwise answers in the place of an Answer that failed, panicked or did not
	// come in time; why is the fault. That it did is logged and counted.
	Otherwise func(r HTTPRequest, why error) Response
	// Within is how long after its arrival a request is answered at the latest, a
	// cold start included.
	Within time.Duration
}

// responder has a Responder answer.
type responder struct {
	*consumer
	Responder
	// born is when the process started; the first invoke may have waited since.
	born   time.Time
	warmed atomic.Bool
}

// least is the time in which it is worth while to begin an answer.
const least = 50 * time.Millisecond

func (h *responder) answer(ctx context.Context, r HTTPRequest) Response {
	arrived := r.Arrived
	// A direct invocation does not say when it came. Lambda may have started the
	// process long before, and for nobody.
	if first := h.warmed.CompareAndSwap(false, true); first && r.Direct && arrived.Sub(h.born) < h.Within {
		arrived = h.born
	}
	d := deliveryOf(ctx)
	end := arrived.Add(h.Within)
	if latest := d.deadline.Add(-d.margin / 2); end.After(latest) {
		end = latest
	}
	if time.Until(end) < least {
		return h.otherwise(r, fault.Retry("late", 0, fmt.Errorf("the request was %v old before it was begun", h.now().Sub(arrived).Round(time.Millisecond))))
	}
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	answers := make(chan Response, 1)
	go func() {
		var response Response
		ask := contain(func(ctx context.Context, _ event.Raw) (err error) {
			response, err = h.Answer(ctx, r)
			return err
		})
		if err := ask(ctx, event.Raw{}); err != nil {
			response = h.otherwise(r, err)
		}
		answers <- response
	}()
	select {
	case response := <-answers:
		return response
	case <-ctx.Done():
		return h.otherwise(r, fault.Retry("deadline", 0, errors.New("the answer did not come in time")))
	}
}

func (h *responder) otherwise(r HTTPRequest, why error) Response {
	var turned *rejected
	if errors.As(why, &turned) {
		return refuse(why)
	}
	response := h.Otherwise(r, why)
	response.Outcome = &acknowledged{outcome: telemetry.Fallback, cause: why}
	return response
}
