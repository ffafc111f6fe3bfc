package consumer

import (
	"context"
	"maps"
	"slices"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/publisher"
	"signalbox/shared/telemetry"
)

// Open reads what a source delivered, one message, and returns the business
// events in it. [Ignore] acknowledges a message that holds none.
type Open func(ctx context.Context, body []byte) ([]event.Raw, error)

// source is an ingress behind a queue or a topic.
type source struct {
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
func (s *source) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
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
	slots := newSlots[opened](len(b.records))
	units := b.units()
	gather(opening, len(units), s.function.Parallel(), func(unit int) {
		var blocked error
		for _, i := range units[unit] {
			// A message that is not opened in time is settled while this still runs, so
			// the two share no delivery.
			var d delivery
			b.fill(i, &d)
			read := opened{started: time.Now(), err: blocked}
			if blocked == nil {
				started := read.started
				read = s.readMessage(withDelivery(opening, &d), d.record.Body)
				read.started = started
			}
			slots.put(i, read)
			if !isDone(read.err) && fault.KindOf(read.err) == fault.Retryable {
				blocked = errBlocked
			}
		}
	})
	messages, filled := slots.close()
	for i := range messages {
		if !filled[i] {
			messages[i] = opened{started: b.opened, err: untouched()}
		}
	}
	s.publish(b, messages)

	results := newSlots[error](len(b.records))
	gather(b.ctx, len(units), s.function.Parallel(), func(unit int) {
		var blocked error
		for _, i := range units[unit] {
			d := &b.deliveries[i]
			d.started = messages[i].started
			ctx := withDelivery(b.ctx, d)
			err := messages[i].err
			if blocked != nil {
				err = blocked
			}
			err = s.settle(failing(err))(ctx, event.Raw{})
			results.put(i, err)
			if !isDone(err) {
				blocked = errBlocked
			}
		}
	})
	return b.finish(results), nil
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
func (s *source) readMessage(ctx context.Context, body []byte) opened {
	var result opened
	if len(body) == 0 && s.function.Trigger == catalog.Kafka {
		return opened{err: Ignore("no-value")} // A topic that is compacted has such records.
	}
	open := contain(func(ctx context.Context, _ event.Raw) error {
		var err error
		result.events, err = s.openBody(ctx, body)
		return err
	})
	ctx, span := s.span(ctx, event.Header{})
	if err := open(ctx, event.Raw{}); err != nil {
		return opened{err: err}
	}
	if len(result.events) == 0 {
		return opened{err: Ignore("no-event")}
	}
	for i := range result.events {
		e := &result.events[i]
		if err := mayEmit(s.function, e.Type); err != nil {
			return opened{err: err}
		}
		if e.TraceParent == "" {
			e.TraceParent, e.TraceState = span.TraceParent, span.TraceState
		}
	}
	deliveryOf(ctx).kill.reach(afterDecode)
	return result
}

// publish puts the events of all messages on the bus and notes at each message
// whether all of its own were accepted.
func (s *source) publish(b *batch, messages []opened) {
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
	s.kill.reach(afterEffect)
	now := s.now()
	let := map[event.Type]int{}
	for i, err := range errs {
		if err != nil {
			messages[from[i]].err = err
			continue
		}
		telemetry.LogPublished(b.ctx, s.log, events[i].Header)
		b.metrics.Observe(catalog.MetricLatencyMs, max(0, now.Sub(events[i].Time)))
		let[events[i].Type]++
	}
	for _, t := range slices.Sorted(maps.Keys(let)) {
		// The types are those of the catalog, which is what a dimension may cost.
		var m telemetry.Metrics
		m.Count(catalog.MetricPublished, let[t])
		_ = m.Write(s.out, now, telemetry.Dimensions{Stage: s.stage, Function: s.function.Name, EventType: string(t)})
	}
}
