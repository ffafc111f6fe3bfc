package deployment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/lambdalocal"
)

// Topology is what stands in the engine.
type Topology struct {
	Functions []Function
	Mappings  []Mapping
	Queues    []Queue
	Topics    []Topic
	Buses     []Bus
	Rules     []Rule
	Tables    []Table
	// Resources are those that functions of the stacks settle.
	Resources []CustomResource
	// Left is what of the templates is not in the engine.
	Left []Left

	subscriptions []subscription
	archives      []archive
}

// Function is a deployed function.
type Function struct {
	Name, ARN string
	Timeout   time.Duration
	MemoryMB  int
	// Env is the environment the template gives it, resolved.
	Env map[string]string
}

// Mapping feeds a queue to a function.
type Mapping struct {
	Function string
	lambdalocal.EventSource
}

// Queue is an SQS queue.
type Queue struct {
	LogicalID, URL, ARN string
	// DeadLetterARN is where messages go after MaxReceive receives; empty for a
	// queue that has no dead-letter queue.
	DeadLetterARN string
	MaxReceive    int
}

// Topic is an SNS topic.
type Topic struct{ LogicalID, ARN string }

// Name returns the topic's own name.
func (t Topic) Name() string { return t.ARN[strings.LastIndexByte(t.ARN, ':')+1:] }

// Bus is an event bus.
type Bus struct{ Name, ARN string }

// Rule passes events of a bus to its targets.
type Rule struct {
	LogicalID, Bus string
	// DetailTypes are the types it matches, as far as the pattern lists them.
	DetailTypes []string
	// Targets are ARNs.
	Targets []string
}

// Table is a DynamoDB table.
type Table struct {
	LogicalID, Name string
	// ExpiresBy is the attribute that holds when an item expires; empty if none.
	ExpiresBy string
}

type subscription struct{ topic, endpoint string }

// CustomResource is a resource that a function settles.
type CustomResource struct {
	LogicalID, Type, Function string
	// Properties are those of the template, resolved.
	Properties map[string]any
}

// connect fills in what spans stacks.
func (t *Topology) connect() error {
	for i := range t.Mappings {
		m := &t.Mappings[i]
		q, ok := t.QueueByARN(m.QueueARN)
		if !ok {
			return fmt.Errorf("function %s is fed by %s, which is no queue; the local run feeds functions from queues alone", m.Function, m.QueueARN)
		}
		m.QueueURL = q.URL
	}
	return nil
}

// FunctionByName returns the function of that name.
func (t Topology) FunctionByName(name string) (Function, bool) {
	i := slices.IndexFunc(t.Functions, func(f Function) bool { return f.Name == name })
	if i < 0 {
		return Function{}, false
	}
	return t.Functions[i], true
}

// QueueByARN returns the queue with that ARN.
func (t Topology) QueueByARN(arn string) (Queue, bool) {
	i := slices.IndexFunc(t.Queues, func(q Queue) bool { return q.ARN == arn })
	if i < 0 {
		return Queue{}, false
	}
	return t.Queues[i], true
}

// MappingOf returns what feeds the function.
func (t Topology) MappingOf(function string) (Mapping, bool) {
	i := slices.IndexFunc(t.Mappings, func(m Mapping) bool { return m.Function == function })
	if i < 0 {
		return Mapping{}, false
	}
	return t.Mappings[i], true
}

// DeadLettersOf returns the dead-letter queue of the queue that feeds the function,
// or else the one that the function itself fills.
func (t Topology) DeadLettersOf(function string) (Queue, bool) {
	m, ok := t.MappingOf(function)
	if !ok {
		f, _ := t.FunctionByName(function)
		i := slices.IndexFunc(t.Queues, func(q Queue) bool { return q.URL == f.Env[config.DLQURL] })
		if i < 0 {
			return Queue{}, false
		}
		return t.Queues[i], true
	}
	q, ok := t.QueueByARN(m.QueueARN)
	if !ok {
		return Queue{}, false
	}
	return t.QueueByARN(q.DeadLetterARN)
}

// TopicsBefore returns the topics that deliver into the queue with that ARN.
func (t Topology) TopicsBefore(queueARN string) []Topic {
	var topics []Topic
	for _, s := range t.subscriptions {
		if s.endpoint != queueARN {
			continue
		}
		for _, topic := range t.Topics {
			if topic.ARN == s.topic {
				topics = append(topics, topic)
			}
		}
	}
	return topics
}

// FedTopics returns the topics that rules feed, with the event types each gets.
func (t Topology) FedTopics() map[string][]string {
	fed := map[string][]string{}
	for _, r := range t.Rules {
		for _, target := range r.Targets {
			if slices.ContainsFunc(t.Topics, func(topic Topic) bool { return topic.ARN == target }) {
				fed[target] = append(fed[target], r.DetailTypes...)
			}
		}
	}
	return fed
}
