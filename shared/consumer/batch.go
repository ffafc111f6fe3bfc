package consumer

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/idempotency"
	"signalbox/shared/telemetry"
)

// queue is what is needed of SQS.
type queue interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// consumer is one function, built and ready. It is safe for concurrent invokes:
// whatever belongs to an invoke is in its batch.
type consumer struct {
	function catalog.Function
	stage    string
	log      *slog.Logger
	// out takes the metrics.
	out      io.Writer
	now      func() time.Time
	ledger   idempotency.Store
	queue    queue
	queueURL string
	dlqURL   string
	kill     *killPoint
	// ordered tells that the events carry a state.
	ordered bool

	read reader
	// settle wraps what a record comes to: its outcome is told, and what is
	// hopeless goes to the dead-letter queue.
	settle Middleware
	// handle takes an event through the whole chain.
	handle Handler[jsontext.Value]
}

// mount installs the standard chain in front of the handler.
func mount[T event.Payload](c *consumer, handle Handler[T]) {
	var data T
	_, ordered := any(data).(event.Sequenced)
	c.install(eager[T], valid[T], ordered, typed(handle))
}

// install puts the chain together: read opens a body, valid decodes the data.
func (c *consumer) install(read reader, valid Middleware, ordered bool, handle Handler[jsontext.Value]) {
	c.ordered = ordered
	middleware := []Middleware{contain, valid, bounded}
	if c.ordered && !c.function.AnyOrder {
		middleware = append(middleware, c.inOrder)
	}
	once := c.recorded
	if c.function.Effect == catalog.Unsafe {
		once = c.claimed
	}
	c.read = read
	c.settle = chain(c.observe, c.deadLetter)
	c.handle = c.settle(chain(append(middleware, once)...)(handle))
}

// chain makes one middleware of many; the first is the outermost.
func chain(all ...Middleware) Middleware {
	return func(h Handler[jsontext.Value]) Handler[jsontext.Value] {
		for _, m := range slices.Backward(all) {
			h = m(h)
		}
		return h
	}
}

// Invoke implements lambda.Handler for a function behind a queue.
func (c *consumer) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	b, err := c.open(ctx, payload)
	if err != nil {
		return nil, err
	}
	defer b.cancel()
	units := b.plan()
	results := newSlots[error](len(b.records))
	gather(b.ctx, len(units), c.function.Parallel(), func(unit int) {
		var blocked error
		for _, i := range units[unit] {
			err := b.process(i, blocked)
			results.put(i, err)
			if !isDone(err) && b.records[i].isFIFO() {
				blocked = errBlocked
			}
		}
	})
	return b.finish(results), nil
}

// errBlocked is the fate of a message whose group has a failure before it.
var errBlocked = fault.Retry("earlier-failed", 0, errors.New("a message before it in its group failed"))

// process takes one record through the chain; blocked takes the handler's place.
func (b *batch) process(i int, blocked error) error {
	d := &b.deliveries[i]
	d.started = time.Now()
	ctx := withDelivery(b.ctx, d)
	raw, data, err := b.event(i)
	d.data = data
	switch {
	case err != nil:
		raw = event.Raw{Header: trusted(raw.Header)}
	case !b.function.Takes(raw.Type):
		// It is refused, and what it says of itself is told no further than that.
		raw.Header = trusted(raw.Header)
	}
	b.headers.put(i, raw.Header)
	if blocked != nil {
		err = blocked
	}
	if err != nil {
		return b.settle(failing(err))(ctx, raw)
	}
	return b.handle(ctx, raw)
}

// event returns the event of a record, which plan may have read already.
func (b *batch) event(i int) (raw event.Raw, data any, err error) {
	if b.planned != nil {
		p := &b.planned[i]
		return p.raw, p.data, p.err
	}
	defer func() {
		if value := recover(); value != nil {
			err = panicked(value)
		}
	}()
	return b.read(b.records[i].Body)
}

// failing is a handler in the place of one that cannot be reached.
func failing(err error) Handler[jsontext.Value] {
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

	deadline   time.Time
	margin     time.Duration
	trace      string
	metrics    *telemetry.Metrics
	deliveries []delivery
	// headers are those read so far, for records that do not come to an end.
	headers *slots[event.Header]
	planned []planned
	opened  time.Time
}

// planned is a record that was read before its turn.
type planned struct {
	raw  event.Raw
	data any
	err  error
}

func (c *consumer) open(ctx context.Context, payload []byte) (*batch, error) {
	started := time.Now()
	var records []record
	var positions []position
	var err error
	if c.function.Trigger == catalog.Kafka {
		records, positions, err = readKafka(payload)
	} else {
		records, err = readBatch(payload)
	}
	if err != nil {
		return nil, err
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = started.Add(c.function.TimeoutOrDefault())
	}
	b := &batch{
		consumer: c, records: records, positions: positions, deadline: deadline, margin: marginOf(deadline.Sub(started)),
		metrics: &telemetry.Metrics{}, deliveries: make([]delivery, len(records)), headers: newSlots[event.Header](len(records)),
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
func (b *batch) fill(i int, d *delivery) {
	r := &b.records[i]
	d.record, d.messageID, d.attempt = r, r.MessageID, r.attempt()
	d.started, d.deadline, d.margin = b.opened, b.deadline, b.margin
	d.trace, d.messageTrace, d.messageTraceParent = b.trace, r.Attributes.AWSTraceHeader, r.MessageAttributes.TraceParent.StringValue
	d.metrics, d.kill = b.metrics, b.kill
}

// plan groups the records: what is in one unit is handled one after the other.
// That is the message group on a FIFO queue, the subject of an event that
// carries a state, its oldest first, and else each record by itself.
func (b *batch) plan() [][]int {
	if b.ordered {
		all := make([]planned, len(b.records))
		for i := range all {
			all[i].raw, all[i].data, all[i].err = b.event(i)
		}
		b.planned = all
	}
	var units [][]int
	unitOf := map[string]int{}
	for i := range b.records {
		group := ""
		if b.records[i].isFIFO() {
			group = b.records[i].Attributes.MessageGroupID
		}
		if b.ordered && group == "" && b.planned[i].err == nil {
			group = b.planned[i].raw.Subject
		}
		if at, ok := unitOf[group]; ok && group != "" {
			units[at] = append(units[at], i)
			continue
		}
		unitOf[group] = len(units)
		units = append(units, []int{i})
	}
	if !b.ordered {
		return units
	}
	for _, unit := range units {
		if !b.records[unit[0]].isFIFO() {
			slices.SortStableFunc(unit, func(x, y int) int {
				return cmp.Compare(b.planned[x].raw.Sequence, b.planned[y].raw.Sequence)
			})
		}
	}
	return units
}

// finish settles the batch and returns Lambda's partial batch response:
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
func (b *batch) finish(results *slots[error]) []byte {
	errs, filled := results.close()
	headers, _ := b.headers.close()
	var failed []int
	var retries []hidden
	delays := map[string]time.Duration{}
	for i, err := range errs {
		d := &b.deliveries[i]
		if !filled[i] {
			err = untouched()
			b.report(context.WithoutCancel(b.ctx), headers[i], d, time.Since(b.opened), err)
		}
		if isDone(err) {
			continue
		}
		failed = append(failed, i)
		if b.positions != nil {
			continue // Lambda waits itself before it reads a partition again.
		}
		delay := backoff(d.attempt, err)
		if b.records[i].isFIFO() {
			// A group goes on as soon as its first failure does.
			group := b.records[i].Attributes.MessageGroupID
			if first, ok := delays[group]; ok {
				delay = first
			}
			delays[group] = delay
		}
		retries = append(retries, hidden{d.record.ReceiptHandle, delay})
	}
	if len(retries) > 0 {
		ctx, cancel := context.WithDeadline(context.WithoutCancel(b.ctx), b.deadline.Add(-b.margin/4))
		defer cancel()
		b.hide(ctx, retries)
	}
	_ = b.metrics.Write(b.out, b.now(), telemetry.Dimensions{
		Stage: b.stage, Function: b.function.Name, EventType: b.eventType(),
	})
	b.kill.reach(beforeAck)
	answer := []byte(`{"batchItemFailures":[`)
	for n, i := range failed {
		if n > 0 {
			answer = append(answer, ',')
		}
		answer = append(b.appendIdentifier(append(answer, `{"itemIdentifier":`...), i), '}')
	}
	return append(answer, `]}`...)
}

// eventType is the type that the batch's metrics are told of, if all its events
// have one.
func (c *consumer) eventType() string {
	if c.function.Event == catalog.AnyEvent {
		return ""
	}
	return string(c.function.Event)
}
