package host

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"signalbox/infra/local/deployment"
)

const (
	// pollSeconds is short because a poll is never broken off: a message that was
	// handed out to a broken connection stays hidden for its visibility timeout.
	pollSeconds = 1
	// most SQS hands out at once.
	mostReceived = 10
	pollPause    = 500 * time.Millisecond
)

func (h *Host) poll(p *pool, m deployment.Mapping) {
	for !h.isStopping() {
		select {
		case <-h.stopping:
			return
		case p.slots <- struct{}{}:
		}
		batch, err := h.gather(m)
		if err != nil && !errors.Is(err, context.Canceled) {
			h.options.Observe(Observation{Function: m.Function, Kind: Unreachable, Err: err})
		}
		if len(batch) == 0 {
			<-p.slots
			if err != nil {
				h.pause(pollPause)
			}
			continue
		}
		h.pollers.Go(func() {
			defer func() { <-p.slots }()
			h.serve(p, m, batch)
		})
	}
}

func (h *Host) pause(d time.Duration) {
	select {
	case <-h.stopping:
	case <-time.After(d):
	}
}

func (h *Host) isStopping() bool {
	select {
	case <-h.stopping:
		return true
	default:
		return false
	}
}

// gather receives a batch: the first messages as they come, more until it is full
// or the mapping's window is over.
func (h *Host) gather(m deployment.Mapping) ([]types.Message, error) {
	batch, err := h.receive(m, m.BatchSize, pollSeconds)
	if err != nil || len(batch) == 0 {
		return nil, err
	}
	for end := time.Now().Add(m.Window); len(batch) < m.BatchSize && !h.isStopping(); {
		left := time.Until(end)
		if left <= 0 {
			break
		}
		more, err := h.receive(m, m.BatchSize-len(batch), int32(left/time.Second))
		if err != nil {
			return batch, err
		}
		batch = append(batch, more...)
		if len(more) == 0 && left < time.Second {
			h.pause(min(left, 50*time.Millisecond))
		}
	}
	return batch, nil
}

func (h *Host) receive(m deployment.Mapping, most int, wait int32) ([]types.Message, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	answer, err := h.options.Queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &m.QueueURL, MaxNumberOfMessages: int32(min(most, mostReceived)), WaitTimeSeconds: wait,
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	return answer.Messages, nil
}

// serve invokes the function on the batch and deletes what it did not report.
func (h *Host) serve(p *pool, m deployment.Mapping, batch []types.Message) {
	seen := Observation{Function: m.Function, Kind: Received}
	for _, message := range batch {
		seen.Messages = append(seen.Messages, Message{ID: aws.ToString(message.MessageId), Body: aws.ToString(message.Body)})
	}
	h.options.Observe(seen)
	start := time.Now()
	failed, err := h.invoke(p, m, batch)
	seen.Took = time.Since(start)
	if err != nil {
		seen.Kind, seen.Err, seen.Failed = Crashed, err, len(batch)
		h.options.Observe(seen)
		if h.options.Crashed > 0 {
			h.hide(m, batch, h.options.Crashed)
		}
		return
	}
	if err := h.delete(m, batch, failed); err != nil {
		h.options.Observe(Observation{Function: m.Function, Kind: Unreachable, Err: err})
	}
	seen.Kind, seen.Failed = Invoked, len(failed)
	h.options.Observe(seen)
}

func (h *Host) invoke(p *pool, m deployment.Mapping, batch []types.Message) (failed map[string]bool, err error) {
	payload, err := sqsEvent(m, batch)
	if err != nil {
		return nil, err
	}
	answer, err := p.invoke(context.Background(), payload)
	if err != nil {
		return nil, err
	}
	if !m.ReportsItems {
		return nil, nil
	}
	return failures(answer, batch)
}

func (h *Host) delete(m deployment.Mapping, batch []types.Message, failed map[string]bool) error {
	var done []types.DeleteMessageBatchRequestEntry
	for i, message := range batch {
		if !failed[aws.ToString(message.MessageId)] {
			done = append(done, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: message.ReceiptHandle})
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for len(done) > 0 {
		n := min(len(done), mostReceived)
		answer, err := h.options.Queues.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &m.QueueURL, Entries: done[:n]})
		if err != nil {
			return err
		}
		if len(answer.Failed) > 0 {
			return errors.New("a handled message could not be deleted: " + aws.ToString(answer.Failed[0].Code))
		}
		done = done[n:]
	}
	return nil
}

func (h *Host) hide(m deployment.Mapping, batch []types.Message, d time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var entries []types.ChangeMessageVisibilityBatchRequestEntry
	for i, message := range batch {
		entries = append(entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: int32(d / time.Second)})
	}
	for len(entries) > 0 {
		n := min(len(entries), mostReceived)
		// Without it the messages only come back later.
		_, _ = h.options.Queues.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &m.QueueURL, Entries: entries[:n]})
		entries = entries[n:]
	}
}
