package local

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"signalbox/shared/reconcile"
)

// settledSweeps is how many looks in a row must find everything empty and nothing
// new: a message may move behind the back of a single one.
const settledSweeps = 3

// Await waits until nothing is in flight: every queue that feeds a function is
// empty, hidden messages included, so is every observer's, and no double has anything
// left to do. It gives up after the given time without an error and returns how many
// messages each function has waiting; none if nothing is in flight any more. Progress
// is called with their sum.
func (s *System) Await(ctx context.Context, within time.Duration, progress func(waiting int)) (map[string]int, error) {
	end := time.Now().Add(within)
	calm, before := 0, -1
	for {
		waiting, total, err := s.inFlight(ctx)
		if err != nil {
			return nil, err
		}
		seen := s.Recorder.Progress()
		if total == 0 && seen == before {
			calm++
		} else {
			calm = 0
		}
		before = seen
		if calm >= settledSweeps {
			return nil, nil
		}
		if time.Now().After(end) && total > 0 {
			return waiting, nil
		}
		progress(total)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.EngineEnded():
			return nil, fmt.Errorf("the engine ended: %s", s.EngineOutput())
		case <-time.After(60 * time.Millisecond):
		}
	}
}

// Waiting counts the messages in each function's queue now.
func (s *System) Waiting(ctx context.Context) (map[string]int, error) {
	waiting, _, err := s.inFlight(ctx)
	return waiting, err
}

func (s *System) inFlight(ctx context.Context) (byFunction map[string]int, total int, err error) {
	byFunction = map[string]int{}
	for _, m := range s.Topology.Mappings {
		n, err := s.count(ctx, m.QueueURL)
		if err != nil {
			return nil, 0, err
		}
		if n > 0 {
			byFunction[m.Function] = n
		}
		total += n
	}
	for _, t := range s.observers {
		n, err := s.count(ctx, t.url)
		if err != nil {
			return nil, 0, err
		}
		total += n
	}
	return byFunction, total + s.Vendors.late(), nil
}

// count is how many messages a queue holds, visible, hidden and delayed.
func (s *System) count(ctx context.Context, url string) (int, error) {
	answer, err := s.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	}})
	if err != nil {
		return 0, fmt.Errorf("count the messages of a queue: %w", err)
	}
	sum := 0
	for _, text := range answer.Attributes {
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0, fmt.Errorf("count the messages of a queue: %w", err)
		}
		sum += n
	}
	return sum, nil
}

// Seen is everything that was seen so far, for [reconcile.Reconcile], except what was
// sent, which the senders know. Dead letters are hidden from other readers for an hour.
func (s *System) Seen(ctx context.Context, waiting map[string]int) (reconcile.Input, error) {
	in := s.Recorder.Input()
	in.Functions, in.Waiting, in.Effects = s.accountable, waiting, s.Vendors.Effects()
	var err error
	if in.DeadLetters, err = s.DeadLetters(ctx, time.Hour); err != nil {
		return in, err
	}
	arrived := map[string]map[string]int{}
	for _, t := range in.Topics {
		arrived[t.Name] = t.Arrived
	}
	in.Topics = nil
	for arn, types := range s.Topology.FedTopics() {
		name := s.TopicName(arn)
		in.Topics = append(in.Topics, reconcile.Topic{Name: name, Types: types, Arrived: arrived[name]})
	}
	return in, nil
}

// DeadLetters reads what is in the dead-letter queues. The messages stay hidden
// from another reader for the given time and are not removed.
func (s *System) DeadLetters(ctx context.Context, hidden time.Duration) ([]reconcile.DeadLetter, error) {
	var all []reconcile.DeadLetter
	for _, f := range s.Topology.Functions {
		q, ok, err := s.deadLetterQueue(f)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		for {
			answer, err := s.queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &q.URL, MaxNumberOfMessages: 10,
				VisibilityTimeout: int32(hidden / time.Second), MessageAttributeNames: []string{"All"}})
			if err != nil {
				return nil, fmt.Errorf("read the dead letters of %s: %w", f.Name, err)
			}
			if len(answer.Messages) == 0 {
				break
			}
			for _, m := range answer.Messages {
				all = append(all, s.deadLetter(f.Name, m))
			}
		}
	}
	return all, nil
}

func (s *System) deadLetter(function string, m types.Message) reconcile.DeadLetter {
	attribute := func(name string) string { return aws.ToString(m.MessageAttributes[name].StringValue) }
	d := reconcile.DeadLetter{
		Function: function, EventID: attribute("event-id"), EventType: attribute("event-type"), Fault: attribute("fault"), Reason: attribute("reason"),
	}
	if d.Reason != "" {
		return d
	}
	// SQS moved it itself, after too many receives: the last reason is in the log.
	d.ByQueue = true
	for _, l := range s.Recorder.Lines() {
		if l.Function == function && l.MessageID == aws.ToString(m.MessageId) {
			d.EventID, d.EventType, d.Fault, d.Reason = l.EventID, l.EventType, l.Fault, "received too often; last: "+l.Reason
		}
	}
	return d
}
