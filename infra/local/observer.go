package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventbridgetypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/infra/local/deployment"
	"signalbox/shared/config"
	"signalbox/shared/reconcile"
)

const observerName = "signalbox-local-observer"

// observer is a queue that sees what passes and the goroutine that reads it.
type observer struct {
	name, url string
	// see is given the body of each message.
	see func(body []byte) error
}

// observeAll adds a queue that sees every event on the bus, and one behind each topic
// that the bus feeds.
func (s *System) observeAll(ctx context.Context) error {
	bus, err := s.bus()
	if err != nil {
		return err
	}
	onBus, arn, err := s.newObserver(ctx, observerName, s.seeEvent)
	if err != nil {
		return err
	}
	events := eventbridge.NewFromConfig(s.Config)
	_, err = events.PutRule(ctx, &eventbridge.PutRuleInput{
		Name: aws.String(observerName), EventBusName: &bus, EventPattern: aws.String(`{"source":["signalbox"]}`)})
	if err == nil {
		_, err = events.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String(observerName), EventBusName: &bus,
			Targets: []eventbridgetypes.Target{{Id: aws.String("observer"), Arn: &arn}}})
	}
	if err != nil {
		return fmt.Errorf("watch the bus: %w", err)
	}
	s.observers = []*observer{onBus}
	topics := sns.NewFromConfig(s.Config)
	for i, topic := range slices.Sorted(maps.Keys(s.Topology.FedTopics())) {
		name := deployment.Topic{ARN: topic}.Name()
		behind, arn, err := s.newObserver(ctx, observerName+"-topic-"+strconv.Itoa(i), func(body []byte) error {
			e, err := reconcile.ParseEvent(body)
			if err == nil {
				s.Recorder.OnTopic(name, e.ID)
			}
			return err
		})
		if err != nil {
			return err
		}
		_, err = topics.Subscribe(ctx, &sns.SubscribeInput{TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &arn,
			Attributes: map[string]string{"RawMessageDelivery": "true"}})
		if err != nil {
			return fmt.Errorf("watch topic %s: %w", name, err)
		}
		s.observers = append(s.observers, behind)
	}
	watching, stop := context.WithCancel(context.Background())
	s.stop = stop
	for _, t := range s.observers {
		s.observing.Go(func() { s.read(watching, t) })
	}
	return nil
}

// bus is the bus that every function publishes to.
func (s *System) bus() (string, error) {
	for _, f := range s.Topology.Functions {
		if name := f.Env[config.Bus]; name != "" {
			return name, nil
		}
	}
	return "", errors.New("no function of the templates knows a bus")
}

func (s *System) newObserver(ctx context.Context, name string, see func([]byte) error) (*observer, string, error) {
	created, err := s.queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		return nil, "", fmt.Errorf("make the queue %s: %w", name, err)
	}
	attributes, err := s.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: created.QueueUrl,
		AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn}})
	if err != nil {
		return nil, "", fmt.Errorf("look at the queue %s: %w", name, err)
	}
	t := &observer{name: name, url: aws.ToString(created.QueueUrl), see: see}
	return t, attributes.Attributes[string(types.QueueAttributeNameQueueArn)], nil
}

func (s *System) seeEvent(body []byte) error {
	var wrapper struct {
		Detail jsontext.Value `json:"detail"`
	}
	if err := json.Unmarshal(body, &wrapper); err != nil {
		return err
	}
	e, err := reconcile.ParseEvent(wrapper.Detail)
	if err == nil {
		s.Recorder.Event(e)
	}
	return err
}

// read empties an observer's queue until the context ends. Its polls are never broken off,
// since a message handed to a broken connection would stay hidden.
func (s *System) read(ctx context.Context, t *observer) {
	for ctx.Err() == nil {
		polling, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		answer, err := s.queues.ReceiveMessage(polling, &sqs.ReceiveMessageInput{QueueUrl: &t.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
		if err != nil {
			s.trouble(fmt.Errorf("%s: %w", t.name, err))
			cancel()
			select {
			case <-ctx.Done():
			case <-time.After(500 * time.Millisecond):
			}
			continue
		}
		for _, m := range answer.Messages {
			if err := t.see([]byte(aws.ToString(m.Body))); err != nil {
				s.trouble(fmt.Errorf("%s: what passed is no event: %w", t.name, err))
			}
			if _, err := s.queues.DeleteMessage(polling, &sqs.DeleteMessageInput{QueueUrl: &t.url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				s.trouble(fmt.Errorf("%s: %w", t.name, err))
			}
		}
		cancel()
	}
}

// removeObservers removes the observers from an engine that goes on without us.
func (s *System) removeObservers(ctx context.Context) error {
	var problems []error
	bus, err := s.bus()
	if err == nil {
		events := eventbridge.NewFromConfig(s.Config)
		_, err = events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: aws.String(observerName), EventBusName: &bus, Ids: []string{"observer"}})
		problems = append(problems, err)
		_, err = events.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: aws.String(observerName), EventBusName: &bus})
		problems = append(problems, err)
	}
	for _, t := range s.observers {
		_, err := s.queues.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &t.url})
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}
