// Package functiontest is what the tests of the triggers share: SQS in memory and
// what a function writes. Only tests import it.
package functiontest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/go-json-experiment/json"
)

// Queue is SQS as the runtime sees it, in memory.
type Queue struct {
	mu sync.Mutex
	// Sent are the messages it took.
	Sent []*sqs.SendMessageInput
	// Hidden is the visibility given to each receipt, in seconds.
	Hidden map[string]int32
	// Requests counts the visibility requests.
	Requests int
	// Send fails a message; nil takes all.
	Send func(*sqs.SendMessageInput) error
}

func (q *Queue) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.Send != nil {
		if err := q.Send(in); err != nil {
			return nil, err
		}
	}
	q.Sent = append(q.Sent, in)
	return &sqs.SendMessageOutput{}, nil
}

func (q *Queue) ChangeMessageVisibilityBatch(_ context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.Requests++
	if len(in.Entries) == 0 || len(in.Entries) > 10 {
		return nil, fmt.Errorf("%d entries", len(in.Entries))
	}
	if q.Hidden == nil {
		q.Hidden = map[string]int32{}
	}
	for _, e := range in.Entries {
		q.Hidden[*e.ReceiptHandle] = e.VisibilityTimeout
	}
	return &sqs.ChangeMessageVisibilityBatchOutput{}, nil
}

// Attribute returns a message attribute of the nth dead letter.
func (q *Queue) Attribute(n int, name string) string {
	q.mu.Lock()
	defer q.mu.Unlock()
	a, ok := q.Sent[n].MessageAttributes[name]
	if !ok {
		return ""
	}
	return *a.StringValue
}

// Output collects what a function writes, one Write a line.
type Output struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.Write(p)
}

func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String()
}

// Lines returns the log lines with the given message, decoded.
func (o *Output) Lines(t testing.TB, message string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(o.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("a line is not JSON: %v\n%s", err, line)
		}
		if fields["msg"] == message {
			found = append(found, fields)
		}
	}
	return found
}

// Outcomes counts the outcomes reported.
func (o *Output) Outcomes(t testing.TB) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, line := range o.Lines(t, "handled") {
		counts[line["outcome"].(string)]++
	}
	return counts
}
