package queue

import (
	"context"
	"errors"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/telemetry"
)

// Invoke implements lambda.Handler for a function behind a queue.
func (c *consumer) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	b, err := c.open(ctx, payload)
	if err != nil {
		return nil, err
	}
	defer b.cancel()
	units := b.plan()
	outcomes := newResults[error](len(b.records))
	runParallel(b.ctx, len(units), c.Function.Parallel(), func(unit int) {
		var blocked error
		for _, i := range units[unit] {
			err := b.process(i, blocked)
			outcomes.put(i, err)
			if !delivery.IsDone(err) && b.records[i].isFIFO() {
				blocked = errBlocked
			}
		}
	})
	return b.finish(outcomes), nil
}

// errBlocked is the fate of a message whose group has a failure before it.
var errBlocked = fault.Retry("earlier-failed", 0, errors.New("a message before it in its group failed"))

// process takes one record through the chain; blocked takes the handler's place.
func (b *batch) process(i int, blocked error) error {
	d := &b.deliveries[i]
	d.Started = time.Now()
	ctx := delivery.With(b.ctx, d)
	raw, data, err := b.event(i)
	d.Data = data
	handle := b.handle
	switch {
	case err != nil:
		raw = event.Raw{Header: trusted(raw.Header)}
	case isTimer(data):
		handle = b.fire
	case !b.Function.Takes(raw.Type):
		// It is refused, and nothing unverified in it is reported.
		raw.Header = trusted(raw.Header)
	}
	b.headers.put(i, raw.Header)
	if blocked != nil {
		err = blocked
	}
	if err != nil {
		return b.finalize(failing(err))(ctx, raw)
	}
	return handle(ctx, raw)
}

// event returns the event of a record, which plan may have read already.
func (b *batch) event(i int) (raw event.Raw, data any, err error) {
	if b.planned != nil {
		p := &b.planned[i]
		return p.raw, p.data, p.err
	}
	defer func() {
		if value := recover(); value != nil {
			err = delivery.Panicked(value)
		}
	}()
	return b.read(b.records[i].Body)
}

// failing is a handler that fails with err, for a record that never reaches the
// function's own.
func failing(err error) delivery.Handler {
	return func(context.Context, event.Raw) error { return err }
}

// batch is one invoke.
type batch struct {
	*consumer
	// ctx ends when the answer must be made.
	ctx     context.Context
	cancel  context.CancelFunc
	records []record
	// positions are those of the records in their topic; nil behind a queue.
	positions []position

	deadline time.Time
	margin   time.Duration
	trace    string
	metrics  *telemetry.Metrics
	// timers are the numbers of the timers among the records.
	timers     *telemetry.Metrics
	deliveries []delivery.Delivery
	// headers are those read so far, for records that are not finished in time.
	headers *results[event.Header]
	planned []planned
	opened  time.Time
}

func (c *consumer) open(ctx context.Context, payload []byte) (*batch, error) {
	started := time.Now()
	var records []record
	var positions []position
	var err error
	if c.Function.IsKafka() {
		records, positions, err = readKafka(payload)
	} else {
		records, err = readBatch(payload)
	}
	if err != nil {
		return nil, err
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = started.Add(c.Function.TimeoutOrDefault())
	}
	b := &batch{
		consumer: c, records: records, positions: positions, deadline: deadline, margin: delivery.MarginOf(deadline.Sub(started)),
		metrics: &telemetry.Metrics{}, timers: &telemetry.Metrics{}, deliveries: make([]delivery.Delivery, len(records)), headers: newResults[event.Header](len(records)),
		opened: started,
	}
	// Set by the Lambda runtime: https://github.com/aws/aws-lambda-go/blob/v1.54.0/lambda/invoke_loop.go
	b.trace, _ = ctx.Value("x-amzn-trace-id").(string)
	b.ctx, b.cancel = context.WithDeadline(ctx, deadline.Add(-b.margin/2))
	for i := range records {
		b.fill(i, &b.deliveries[i])
	}
	return b, nil
}

// fill makes d a delivery of the record i.
func (b *batch) fill(i int, d *delivery.Delivery) {
	r := &b.records[i]
	d.MessageID, d.Attempt, d.Body = r.MessageID, r.attempt(), r.Body
	d.FIFO, d.GroupID = r.isFIFO(), r.Attributes.MessageGroupID
	d.Started, d.Deadline, d.Margin = b.opened, b.deadline, b.margin
	d.Trace, d.MessageTrace, d.MessageTraceParent = b.trace, r.Attributes.AWSTraceHeader, r.MessageAttributes.TraceParent.StringValue
	d.Metrics, d.Kill = b.metrics, b.Kill
	if b.fire != nil && mayBeTimer(r.Body) {
		// Its numbers are none of the events that trigger the function.
		d.Metrics = b.timers
	}
}
