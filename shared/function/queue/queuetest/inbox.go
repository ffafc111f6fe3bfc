package queuetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"signalbox/shared/catalog"
	"signalbox/shared/sample"
)

// Addresses of the queues.
const (
	queueURL = "queue"
	dlqURL   = "dlq"
)

// inbox is the function's queue with its dead-letter queue.
type inbox struct {
	entry catalog.Function
	clock *clock

	mu      sync.Mutex
	sent    int
	waiting []*message
	dead    []DeadLetter
}

// message is one that waits in the queue.
type message struct {
	id       string
	body     []byte
	sent     time.Time
	visible  time.Time
	received int
}

// receipt names one receipt of the message.
func (m *message) receipt() string { return m.id + "/" + strconv.Itoa(m.received) }

func (m *message) String() string {
	return fmt.Sprintf("message %s, delivered %d times, visible at %s", m.id, m.received, m.visible.Format(time.RFC3339))
}

func (q *inbox) put(body []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sent++
	now := q.clock.now()
	q.waiting = append(q.waiting, &message{id: strconv.Itoa(q.sent), body: body, sent: now, visible: now})
}

// next returns the message that is visible first; nil for an empty queue.
func (q *inbox) next() *message {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return nil
	}
	return slices.MinFunc(q.waiting, func(a, b *message) int { return a.visible.Compare(b.visible) })
}

// receive hides the message and returns it as a batch; false if it was received too
// often and is dead-lettered instead.
func (q *inbox) receive(m *message) ([]byte, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if m.received == catalog.MaxReceive {
		q.remove(m)
		q.dead = append(q.dead, DeadLetter{Body: string(m.body), Reason: TooManyReceives, Attributes: map[string]string{}})
		return nil, false
	}
	m.received++
	m.visible = q.clock.now().Add(q.entry.Visibility())
	return sample.Batch(sample.Record{
		Body: string(m.body), MessageID: m.id, Receipt: m.receipt(), Received: m.received, SentAt: m.sent, Queue: q.entry.Name,
	}), true
}

func (q *inbox) acknowledge(m *message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.remove(m)
}

func (q *inbox) remove(m *message) {
	q.waiting = slices.DeleteFunc(q.waiting, func(other *message) bool { return other == m })
}

// SendMessage takes dead letters.
func (q *inbox) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	if aws.ToString(in.QueueUrl) != dlqURL {
		return nil, errors.New("the function may send to its dead-letter queue alone")
	}
	letter := DeadLetter{Body: aws.ToString(in.MessageBody), Attributes: map[string]string{}}
	for name, a := range in.MessageAttributes {
		letter.Attributes[name] = aws.ToString(a.StringValue)
	}
	letter.Reason = letter.Attributes["reason"]
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dead = append(q.dead, letter)
	return &sqs.SendMessageOutput{}, nil
}

// ChangeMessageVisibilityBatch hides messages until they are to be tried again.
func (q *inbox) ChangeMessageVisibilityBatch(_ context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	if aws.ToString(in.QueueUrl) != queueURL {
		return nil, errors.New("the function may hide messages of its own queue alone")
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	out := &sqs.ChangeMessageVisibilityBatchOutput{}
	for _, e := range in.Entries {
		i := slices.IndexFunc(q.waiting, func(m *message) bool { return m.receipt() == aws.ToString(e.ReceiptHandle) })
		if i < 0 {
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: e.Id, Code: aws.String("ReceiptHandleIsInvalid")})
			continue
		}
		q.waiting[i].visible = q.clock.now().Add(time.Duration(e.VisibilityTimeout) * time.Second)
		out.Successful = append(out.Successful, types.ChangeMessageVisibilityBatchResultEntry{Id: e.Id})
	}
	return out, nil
}

// describe lists what waits.
func (q *inbox) describe() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	lines := make([]string, len(q.waiting))
	for i, m := range q.waiting {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}
