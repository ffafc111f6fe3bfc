package lambdalocal

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// fakeQueue is an SQS queue in memory. A message that was received stays hidden
// until it is made visible again.
type fakeQueue struct {
	mu      sync.Mutex
	next    int
	visible []types.Message
	hidden  map[string]types.Message
	deleted []string
	// shown are the bodies made visible again, with the seconds asked for.
	shown map[string]int32
}

func newFakeQueue(bodies ...string) *fakeQueue {
	q := &fakeQueue{hidden: map[string]types.Message{}, shown: map[string]int32{}}
	q.send(bodies...)
	return q
}

func (q *fakeQueue) send(bodies ...string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, body := range bodies {
		q.next++
		id := "m" + strconv.Itoa(q.next)
		q.visible = append(q.visible, types.Message{MessageId: &id, ReceiptHandle: aws.String("r-" + id), Body: aws.String(body)})
	}
}

func (q *fakeQueue) ReceiveMessage(_ context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	// The real one waits for whole seconds.
	end := time.Now().Add(time.Duration(in.WaitTimeSeconds) * 20 * time.Millisecond)
	for {
		q.mu.Lock()
		if n := min(len(q.visible), int(in.MaxNumberOfMessages)); n > 0 || time.Now().After(end) {
			batch := q.visible[:n:n]
			q.visible = q.visible[n:]
			for _, m := range batch {
				q.hidden[*m.ReceiptHandle] = m
			}
			q.mu.Unlock()
			return &sqs.ReceiveMessageOutput{Messages: batch}, nil
		}
		q.mu.Unlock()
		time.Sleep(time.Millisecond)
	}
}

func (q *fakeQueue) DeleteMessageBatch(_ context.Context, in *sqs.DeleteMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range in.Entries {
		q.deleted = append(q.deleted, *q.hidden[*e.ReceiptHandle].Body)
		delete(q.hidden, *e.ReceiptHandle)
	}
	return &sqs.DeleteMessageBatchOutput{}, nil
}

func (q *fakeQueue) ChangeMessageVisibilityBatch(_ context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range in.Entries {
		q.shown[*q.hidden[*e.ReceiptHandle].Body] = e.VisibilityTimeout
	}
	return &sqs.ChangeMessageVisibilityBatchOutput{}, nil
}

// left counts the messages that were not deleted.
func (q *fakeQueue) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.visible) + len(q.hidden)
}

func (q *fakeQueue) gone() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]string(nil), q.deleted...)
}
