package lambdalocal

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// EventSource is the queue that feeds a function, with the settings of its event
// source mapping.
type EventSource struct {
	QueueARN, QueueURL string
	// BatchSize is how many messages an invoke is given at most; 0 means 10.
	BatchSize int
	// Window is how long a batch may wait to fill.
	Window time.Duration
	// MaxConcurrency bounds concurrent invokes; 0 is no bound.
	MaxConcurrency int
	// ReportsItems is ReportBatchItemFailures: the function names the items that failed.
	ReportsItems bool
}

const (
	// defaultBatchSize is Lambda's own.
	defaultBatchSize = 10
	// pollSeconds is short because a poll is never broken off: a message that was
	// handed out to a broken connection stays hidden for its visibility timeout.
	pollSeconds = 1
	// maxReceived is how many messages SQS hands out, deletes or hides at once.
	maxReceived = 10
	pollPause   = 500 * time.Millisecond
	// requestTime bounds one request to SQS.
	requestTime = 20 * time.Second
)

func (l *Lambda) poll(p *pool, function string, s EventSource) {
	for !l.isStopping() {
		select {
		case <-l.stopping:
			return
		case p.capacity <- struct{}{}:
		}
		batch, err := s.collect(l.options.Queues, l.stopping)
		if err != nil {
			l.options.Observe(Observation{Function: function, Kind: Unreachable, Err: err})
		}
		if len(batch) == 0 {
			<-p.capacity
			if err != nil {
				pause(l.stopping, pollPause)
			}
			continue
		}
		l.pollers.Go(func() {
			defer func() { <-p.capacity }()
			l.serve(p, function, s, batch)
		})
	}
}

func pause(stop <-chan struct{}, d time.Duration) {
	select {
	case <-stop:
	case <-time.After(d):
	}
}

func (l *Lambda) isStopping() bool {
	select {
	case <-l.stopping:
		return true
	default:
		return false
	}
}

// Receive returns the next batch of the queue; it is empty if there is none for a
// second. It serves what invokes a function by other means than a [Lambda].
func (s EventSource) Receive(ctx context.Context, queues Queues) (Batch, error) {
	if s.BatchSize == 0 {
		s.BatchSize = defaultBatchSize
	}
	return s.collect(queues, ctx.Done())
}

// collect receives a batch: the first messages as they come, more until it is full
// or the window is over.
func (s EventSource) collect(queues Queues, stop <-chan struct{}) (Batch, error) {
	batch, err := s.receive(queues, s.BatchSize, pollSeconds)
	if err != nil || len(batch) == 0 {
		return nil, err
	}
	for end := time.Now().Add(s.Window); len(batch) < s.BatchSize; {
		left := time.Until(end)
		select {
		case <-stop:
			return batch, nil
		default:
		}
		if left <= 0 {
			break
		}
		more, err := s.receive(queues, s.BatchSize-len(batch), int32(left/time.Second))
		if err != nil {
			return batch, err
		}
		batch = append(batch, more...)
		if len(more) == 0 && left < time.Second {
			pause(stop, min(left, 50*time.Millisecond))
		}
	}
	return batch, nil
}

func (s EventSource) receive(queues Queues, most int, wait int32) (Batch, error) {
	ctx, cancel := context.WithTimeout(context.Background(), requestTime)
	defer cancel()
	answer, err := queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &s.QueueURL, MaxNumberOfMessages: int32(min(most, maxReceived)), WaitTimeSeconds: wait,
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	return answer.Messages, nil
}

// serve invokes the function on the batch and deletes what it did not report.
func (l *Lambda) serve(p *pool, function string, s EventSource, batch Batch) {
	seen := Observation{Function: function, Kind: Received, Messages: batch.messages()}
	l.options.Observe(seen)
	start := time.Now()
	failed, err := invoke(p, s, batch)
	seen.Took = time.Since(start)
	if err != nil {
		seen.Kind, seen.Err = Crashed, err
		l.options.Observe(seen)
		if l.options.Crashed > 0 {
			s.hide(l.options.Queues, batch, l.options.Crashed)
		}
		return
	}
	if err := s.delete(l.options.Queues, batch, failed); err != nil {
		l.options.Observe(Observation{Function: function, Kind: Unreachable, Err: err})
	}
	seen.Kind, seen.Failed = Invoked, failed
	l.options.Observe(seen)
}

func invoke(p *pool, s EventSource, batch Batch) (failed map[string]bool, err error) {
	payload, err := s.Payload(batch)
	if err != nil {
		return nil, err
	}
	answer, err := p.invoke(context.Background(), payload)
	if err != nil || !s.ReportsItems {
		return nil, err
	}
	return batch.Failed(answer)
}

func (s EventSource) delete(queues Queues, batch Batch, failed map[string]bool) error {
	var done []types.DeleteMessageBatchRequestEntry
	for i, message := range batch {
		if !failed[aws.ToString(message.MessageId)] {
			done = append(done, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: message.ReceiptHandle})
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), requestTime)
	defer cancel()
	for len(done) > 0 {
		n := min(len(done), maxReceived)
		answer, err := queues.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &s.QueueURL, Entries: done[:n]})
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

func (s EventSource) hide(queues Queues, batch Batch, d time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), requestTime)
	defer cancel()
	var entries []types.ChangeMessageVisibilityBatchRequestEntry
	for i, message := range batch {
		entries = append(entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: int32(d / time.Second)})
	}
	for len(entries) > 0 {
		n := min(len(entries), maxReceived)
		// Without it the messages only come back later.
		_, _ = queues.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &s.QueueURL, Entries: entries[:n]})
		entries = entries[n:]
	}
}
