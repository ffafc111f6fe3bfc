package queue

import (
	"context"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/telemetry"
)

// finish settles the batch and returns Lambda's partial batch response:
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
func (b *batch) finish(outcomes *results[error]) []byte {
	errs, filled := outcomes.close()
	headers, _ := b.headers.close()
	var failed []int
	var retries []hidden
	delays := map[string]time.Duration{}
	for i, err := range errs {
		d := &b.deliveries[i]
		if !filled[i] {
			err = delivery.Untouched()
			b.Report(context.WithoutCancel(b.ctx), headers[i], d, time.Since(b.opened), err)
		}
		if delivery.IsDone(err) {
			continue
		}
		failed = append(failed, i)
		if b.positions != nil {
			continue // Lambda waits itself before it reads a partition again.
		}
		delay := backoff(d.Attempt, err)
		if b.records[i].isFIFO() {
			// A group goes on as soon as its first failure does.
			group := b.records[i].Attributes.MessageGroupID
			if first, ok := delays[group]; ok {
				delay = first
			}
			delays[group] = delay
		}
		retries = append(retries, hidden{b.records[i].ReceiptHandle, delay})
	}
	if len(retries) > 0 {
		ctx, cancel := context.WithDeadline(context.WithoutCancel(b.ctx), b.deadline.Add(-b.margin/4))
		defer cancel()
		b.hide(ctx, retries)
	}
	_ = b.metrics.Write(b.Out, b.Now(), telemetry.Dimensions{
		Stage: b.Stage, Function: b.Function.Name, EventType: b.eventType(),
	})
	_ = b.timers.Write(b.Out, b.Now(), telemetry.Dimensions{Stage: b.Stage, Function: b.Function.Name})
	b.Kill.Reach(delivery.BeforeAck)
	answer := []byte(`{"batchItemFailures":[`)
	for n, i := range failed {
		if n > 0 {
			answer = append(answer, ',')
		}
		answer = append(b.appendIdentifier(append(answer, `{"itemIdentifier":`...), i), '}')
	}
	return append(answer, `]}`...)
}

// eventType is the dimension of the batch's metrics; "" if the function takes more
// than one type.
func (c *consumer) eventType() string {
	if c.Function.Event() == catalog.AnyEvent {
		return ""
	}
	return string(c.Function.Event())
}
