package web

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/telemetry"
)

// Responder answers requests whose sender waits for the answer.
type Responder struct {
	// Answer answers within its context's time. [Reject] turns the request away.
	Answer func(context.Context, Request) (Response, error)
	// Otherwise answers instead of an Answer that failed, panicked or took too long;
	// why is the fault. The fallback is logged and counted.
	Otherwise func(r Request, why error) Response
	// Within is how long after its arrival a request is answered at the latest, a
	// cold start included.
	Within time.Duration
}

// Start runs the function of that name in the catalog, which answers requests. It
// does not return; see [function.Start].
func Start(name string, build func(context.Context, function.Env) (Responder, error)) {
	function.Start(name, assemble(build, time.Now()))
}

func assemble(build func(context.Context, function.Env) (Responder, error), born time.Time) function.Assemble {
	return func(ctx context.Context, p function.Parts) (lambda.Handler, error) {
		if !p.Function.IsHTTP() || len(p.Function.Emits) > 0 {
			return nil, fmt.Errorf("the catalog does not know %s as a function that answers requests", p.Function.Name)
		}
		r, err := build(ctx, p.Env())
		if err != nil {
			return nil, err
		}
		recorder := p.Recorder()
		h := &responder{Recorder: &recorder, Responder: r, born: born}
		return &server{Recorder: &recorder, answer: h.answer, direct: true}, nil
	}
}

// responder has a Responder answer.
type responder struct {
	*delivery.Recorder
	Responder
	// born is when the process started; the first invoke may have waited since.
	born   time.Time
	warmed atomic.Bool
}

// least is the time in which it is worth while to begin an answer.
const least = 50 * time.Millisecond

func (h *responder) answer(ctx context.Context, r Request) Response {
	arrived := r.Arrived
	// A direct invocation carries no time of arrival. Lambda may have started the
	// process long before any request.
	if first := h.warmed.CompareAndSwap(false, true); first && r.Direct && arrived.Sub(h.born) < h.Within {
		arrived = h.born
	}
	d := delivery.Of(ctx)
	end := arrived.Add(h.Within)
	if latest := d.Deadline.Add(-d.Margin / 2); end.After(latest) {
		end = latest
	}
	if time.Until(end) < least {
		return h.otherwise(r, fault.Retry("late", 0, fmt.Errorf("the request was %v old before it was begun", h.Now().Sub(arrived).Round(time.Millisecond))))
	}
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	answers := make(chan Response, 1)
	go func() {
		var response Response
		ask := delivery.Contain(func(ctx context.Context, _ event.Raw) (err error) {
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

func (h *responder) otherwise(r Request, why error) Response {
	var turned *rejected
	if errors.As(why, &turned) {
		return refuse(why)
	}
	response := h.Otherwise(r, why)
	response.Outcome = &delivery.Acknowledged{Outcome: telemetry.Fallback, Cause: why}
	return response
}
