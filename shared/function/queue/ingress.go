package queue

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/publisher"
	"signalbox/shared/telemetry"
)

// Open reads what a source delivered, one message, and returns the business
// events in it. [function.Ignore] acknowledges a message that holds none.
type Open func(ctx context.Context, body []byte) ([]event.Raw, error)

// StartIngress runs the ingress of that name in the catalog, behind a queue or a
// topic. It does not return; see [function.Start].
func StartIngress(name string, build func(context.Context, function.Env) (Open, error)) {
	function.Start(name, assembleIngress(build))
}

func assembleIngress(build func(context.Context, function.Env) (Open, error)) function.Assemble {
	return func(ctx context.Context, p function.Parts) (lambda.Handler, error) {
		if p.Function.Source() == "" || len(p.Function.Emits) == 0 {
			return nil, fmt.Errorf("the catalog does not know %s as a source that emits events", p.Function.Name)
		}
		open, err := build(ctx, p.Env())
		if err != nil {
			return nil, err
		}
		c := newConsumer(p)
		c.finalize = chain(c.Observe, c.DeadLetter)
		return &ingress{consumer: c, openBody: open, publisher: p.Publisher}, nil
	}
}

// ingress is a source behind a queue or a topic.
type ingress struct {
	*consumer
	openBody  Open
	publisher *publisher.Publisher
}

// opened is what one message held.
type opened struct {
	started time.Time
	events  []event.Raw
	err     error
}

// Invoke implements lambda.Handler: it opens all messages, publishes what was in
// them together, and acknowledges each whose events were all accepted.
func (s *ingress) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	b, err := s.open(ctx, payload)
	if err != nil {
		return nil, err
	}
	defer b.cancel()
	// What was opened must still be published, so a slow message may not use up
	// the invoke's time.
	end := b.deadline.Add(-b.margin - b.deadline.Sub(b.opened)/4)
	opening, cancel := context.WithDeadline(b.ctx, end)
	defer cancel()
	openings := newResults[opened](len(b.records))
	units := b.units()
	runParallel(opening, len(units), s.Function.Parallel(), func(unit int) {
		var blocked error
		for _, i := range units[unit] {
			// A message that is not opened in time is settled while this still runs, so
			// the two share no delivery.
			var d delivery.Delivery
			b.fill(i, &d)
			read := opened{started: time.Now(), err: blocked}
			if blocked == nil {
				started := read.started
				read = s.readMessage(delivery.With(opening, &d), d.Body)
				read.started = started
			}
			openings.put(i, read)
			if !delivery.IsDone(read.err) && fault.KindOf(read.err) == fault.Retryable {
				blocked = errBlocked
			}
		}
	})
	messages, filled := openings.close()
	for i := range messages {
		if !filled[i] {
			messages[i] = opened{started: b.opened, err: delivery.Untouched()}
		}
	}
	s.publish(b, messages)

	outcomes := newResults[error](len(b.records))
	runParallel(b.ctx, len(units), s.Function.Parallel(), func(unit int) {
		var blocked error
		for _, i := range units[unit] {
			d := &b.deliveries[i]
			d.Started = messages[i].started
			ctx := delivery.With(b.ctx, d)
			err := messages[i].err
			if blocked != nil {
				err = blocked
			}
			err = s.finalize(failing(err))(ctx, event.Raw{})
			outcomes.put(i, err)
			if !delivery.IsDone(err) {
				blocked = errBlocked
			}
		}
	})
	return b.finish(outcomes), nil
}

// units groups the messages: those of one partition follow each other, those of a
// queue stand for themselves.
func (b *batch) units() [][]int {
	if b.positions != nil {
		return b.partitions()
	}
	units := make([][]int, len(b.records))
	for i := range units {
		units[i] = []int{i}
	}
	return units
}

// readMessage opens one message. The events carry the trace of the message.
func (s *ingress) readMessage(ctx context.Context, body []byte) opened {
	var result opened
	if len(body) == 0 && s.Function.IsKafka() {
		return opened{err: function.Ignore("no-value")} // A topic that is compacted has such records.
	}
	open := delivery.Contain(func(ctx context.Context, _ event.Raw) error {
		var err error
		result.events, err = s.openBody(ctx, body)
		return err
	})
	ctx, span := s.Span(ctx, event.Header{})
	if err := open(ctx, event.Raw{}); err != nil {
		return opened{err: err}
	}
	if len(result.events) == 0 {
		return opened{err: function.Ignore("no-event")}
	}
	for i := range result.events {
		e := &result.events[i]
		if err := delivery.MayEmit(s.Function, e.Type); err != nil {
			return opened{err: err}
		}
		if e.TraceParent == "" {
			e.TraceParent, e.TraceState = span.TraceParent, span.TraceState
		}
	}
	delivery.Of(ctx).Kill.Reach(delivery.AfterDecode)
	return result
}

// publish puts the events of all messages on the bus. A message one of whose events
// was not accepted gets the error.
func (s *ingress) publish(b *batch, messages []opened) {
	var events []event.Raw
	var from []int
	for i := range messages {
		if messages[i].err == nil {
			for _, e := range messages[i].events {
				events, from = append(events, e), append(from, i)
			}
		}
	}
	if len(events) == 0 {
		return
	}
	errs := s.publisher.Publish(b.ctx, b.trace, events...)
	s.Kill.Reach(delivery.AfterEffect)
	now := s.Now()
	accepted := map[event.Type]int{}
	for i, err := range errs {
		if err != nil {
			messages[from[i]].err = err
			continue
		}
		telemetry.LogPublished(b.ctx, s.Log, events[i].Header)
		b.metrics.Observe(catalog.MetricLatencyMs, max(0, now.Sub(events[i].Time)))
		accepted[events[i].Type]++
	}
	for _, t := range slices.Sorted(maps.Keys(accepted)) {
		// The types are those of the catalog, which is what a dimension may cost.
		var m telemetry.Metrics
		m.Count(catalog.MetricPublished, accepted[t])
		_ = m.Write(s.Out, now, telemetry.Dimensions{Stage: s.Stage, Function: s.Function.Name, EventType: string(t)})
	}
}
