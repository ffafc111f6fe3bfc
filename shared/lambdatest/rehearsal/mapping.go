package rehearsal

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/catalog"
	"signalbox/shared/lambdatest"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/sample"
)

// response is what a function answers to a batch: ReportBatchItemFailures.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
type response struct {
	BatchItemFailures []struct {
		ItemIdentifier string `json:"itemIdentifier"`
	} `json:"batchItemFailures"`
}

// poll does what Lambda's mapping of a queue does with one concurrent invoke.
func (r *run) poll(ctx context.Context, f catalog.Function, p *lambdatest.Process) {
	takes := time.Millisecond
	for ctx.Err() == nil {
		messages := r.stage.AWS.Receive(Queue(f), catalog.BatchSize)
		if len(messages) == 0 {
			_ = pause(ctx, 3*time.Millisecond)
			continue
		}
		r.duplicate(f, messages)
		start := time.Now()
		if r.invoke(ctx, f, p, messages, takes) {
			takes = time.Since(start)
		}
	}
}

// duplicate sends copies of some messages, which the queue may deliver at any time.
func (r *run) duplicate(f catalog.Function, messages []awstest.Message) {
	for _, m := range messages {
		if _, yes := r.chance(r.plan.Duplicate, 0); yes && m.Received == 1 {
			r.counts.Duplicates.Add(1)
			_ = r.stage.AWS.Send(Queue(f), m.Body)
		}
	}
}

// invoke hands one batch over, deletes what is done and reports whether the
// function answered.
func (r *run) invoke(ctx context.Context, f catalog.Function, p *lambdatest.Process, messages []awstest.Message, takes time.Duration) bool {
	records := make([]sample.Record, len(messages))
	for i, m := range messages {
		records[i] = sample.Record{
			Body: m.Body, MessageID: m.ID, Receipt: m.Receipt, Received: m.Received, SentAt: m.SentAt, Queue: Queue(f),
		}
	}
	r.counts.Invokes.Add(1)
	undisturbed := r.disturb(p, takes)
	answer, err := p.Invoke(ctx, sample.Batch(records...))
	undisturbed()
	if errors.Is(err, lambdatest.ErrTimeout) {
		r.counts.Timeouts.Add(1)
	}
	failed, valid := failures(answer, messages)
	if err != nil || !valid {
		// All come back when their time is over.
		r.counts.Failed.Add(1)
		return false
	}
	for _, m := range messages {
		if !slices.Contains(failed, m.ID) {
			r.book.acknowledge(f, m.Body)
			r.stage.AWS.Delete(Queue(f), m.Receipt)
		}
	}
	return true
}

// failures returns the ids of the records that failed. An answer that is no
// response, or names a record that was not in the batch, fails the whole batch.
func failures(answer []byte, messages []awstest.Message) (ids []string, valid bool) {
	var r response
	if len(answer) == 0 || json.Unmarshal(answer, &r) != nil {
		return nil, string(answer) == ""
	}
	for _, failure := range r.BatchItemFailures {
		if !slices.ContainsFunc(messages, func(m awstest.Message) bool { return m.ID == failure.ItemIdentifier }) {
			return nil, false
		}
		ids = append(ids, failure.ItemIdentifier)
	}
	return ids, true
}
