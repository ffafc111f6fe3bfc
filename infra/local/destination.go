package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventbridgetypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/go-json-experiment/json"

	"signalbox/infra/local/engine"
	"signalbox/shared/catalog"
	"signalbox/shared/sample"
)

// Way is how commercetools delivers.
type Way string

// The ways in. A customer's own topic or rule may feed the queue too, and such
// ones usually wrap what they pass on.
const (
	// SQS: straight into the queue.
	SQS Way = "SQS"
	// SNS: published to the topic the stacks put before the queue.
	SNS Way = "SNS"
	// EventBridge: an event of the partner bus, passed on by the stacks' rule.
	EventBridge Way = "EventBridge"
	// SNSEnvelope: into the queue in the envelope of a topic of the customer's.
	SNSEnvelope Way = "SNS envelope"
	// Kafka: a record of the topic, handed to the function that reads it. It is no
	// way of a Destination, which another process may use.
	Kafka Way = "Kafka"
	// EventBridgeWrapper: into the queue in the wrapper of a rule of the customer's.
	EventBridgeWrapper Way = "EventBridge wrapper"
)

// Ways are all ways in.
func Ways() []Way { return []Way{SQS, SNS, EventBridge, SNSEnvelope, EventBridgeWrapper} }

// Word is the way as it is typed, such as "sns-envelope".
func (w Way) Word() string { return strings.ReplaceAll(strings.ToLower(string(w)), " ", "-") }

// ParseWay reads a way as it is typed.
func ParseWay(text string) (Way, error) {
	var known []string
	for _, w := range Ways() {
		if w.Word() == text {
			return w, nil
		}
		known = append(known, w.Word())
	}
	return "", fmt.Errorf("there is no way %q; expected one of %s", text, strings.Join(known, ", "))
}

// Destination is where one source delivers to.
type Destination struct {
	// Function is the ingress function behind it.
	Function string `json:"function"`
	Engine   string `json:"engine"`
	Queue    string `json:"queueUrl"`
	// Topic and Bus are empty where the stacks have none.
	Topic string `json:"topicArn,omitzero"`
	Bus   string `json:"eventBus,omitzero"`
}

// Destination returns where the named source delivers to.
func (s *System) Destination(source string) (Destination, error) {
	for _, f := range s.Topology.Functions {
		if entry, _ := catalog.FunctionByName(f.Name); entry.Source() != source {
			continue
		}
		m, _ := s.Topology.MappingOf(f.Name)
		d := Destination{Function: f.Name, Engine: s.EngineURL, Queue: m.QueueURL}
		if topics := s.Topology.TopicsBefore(m.QueueARN); len(topics) > 0 {
			d.Topic = topics[0].ARN
		}
		own, err := s.bus()
		if err != nil {
			return Destination{}, err
		}
		for _, r := range s.Topology.Rules {
			if r.Bus != own && slices.Contains(r.Targets, m.QueueARN) {
				d.Bus = r.Bus
			}
		}
		return d, nil
	}
	return Destination{}, fmt.Errorf("the stacks have no function that opens what %s sends", source)
}

// Deliver brings a notification in as its source would.
func (d Destination) Deliver(ctx context.Context, way Way, body []byte) error {
	e, err := engine.At(d.Engine)
	if err != nil {
		return err
	}
	cfg := e.Config()
	switch way {
	case SQS:
		return d.enqueue(ctx, cfg, body)
	case SNSEnvelope:
		return d.enqueue(ctx, cfg, sample.SNS(body))
	case EventBridgeWrapper:
		return d.enqueue(ctx, cfg, sample.Partner(body))
	case SNS:
		if d.Topic == "" {
			return errors.New("the stacks have no topic before the queue")
		}
		_, err = sns.NewFromConfig(cfg).Publish(ctx, &sns.PublishInput{TopicArn: &d.Topic, Message: aws.String(string(body))})
	case EventBridge:
		if d.Bus == "" {
			return errors.New("the stacks have no partner event bus")
		}
		return d.put(ctx, cfg, body)
	default:
		err = errors.New("no such way")
	}
	if err != nil {
		return fmt.Errorf("deliver by %s: %w", way, err)
	}
	return nil
}

func (d Destination) enqueue(ctx context.Context, cfg aws.Config, body []byte) error {
	_, err := sqs.NewFromConfig(cfg).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &d.Queue, MessageBody: aws.String(string(body))})
	if err != nil {
		return fmt.Errorf("deliver by SQS: %w", err)
	}
	return nil
}

func (d Destination) put(ctx context.Context, cfg aws.Config, body []byte) error {
	var named struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(body, &named); err != nil {
		return fmt.Errorf("EventBridge carries JSON alone: %w", err)
	}
	if named.Type == "" {
		named.Type = "unknown"
	}
	// The bus of a partner's event source has the source's name.
	answer, err := eventbridge.NewFromConfig(cfg).PutPartnerEvents(ctx, &eventbridge.PutPartnerEventsInput{Entries: []eventbridgetypes.PutPartnerEventsRequestEntry{{
		Source: &d.Bus, DetailType: &named.Type, Detail: aws.String(string(body)),
	}}})
	if err == nil && answer.FailedEntryCount > 0 {
		err = errors.New(aws.ToString(answer.Entries[0].ErrorMessage))
	}
	if err != nil {
		return fmt.Errorf("deliver by EventBridge: %w", err)
	}
	return nil
}
