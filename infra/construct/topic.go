package construct

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
	"signalbox/shared/catalog"
)

// EventTopic is an SNS topic that gets every event of one type, as a CloudEvent,
// by a rule of the bus and without code.
type EventTopic struct {
	Name     string
	Topic    awssns.Topic
	Delivery awssqs.Queue
}

// NewEventTopic makes the topic, its rule and their alarms.
func NewEventTopic(scope constructs.Construct, shared Foundation, t catalog.Topic) *EventTopic {
	scope = constructs.NewConstruct(scope, jsii.String(ID(t.Name)))
	rules := arn(scope, "events", "rule/"+shared.BusName+"/*")
	topic := newTopic(scope, "Topic", shared)
	topic.AddToResourcePolicy(Service(scope, "events.amazonaws.com", *topic.TopicArn(), rules, "sns:Publish"))
	delivery := newDeadLetterQueue(scope, "DeliveryDeadLetterQueue", shared)
	allowSend(delivery, "events.amazonaws.com", rules)
	rule := newRule(scope, "Rule", ruleProps{
		description: string(t.Event) + " to " + t.For,
		bus:         shared.BusName,
		pattern:     ownEvents(t.Event),
		inputPath:   "$.detail",
		target:      *topic.TopicArn(),
		deadLetter:  *delivery.QueueArn(),
	})
	rule.Node().AddDependency(topic, delivery)
	addQueueAlarm(scope, "UndeliveredAlarm", shared, alarm.Undelivered, t.Name, delivery)
	addRuleAlarms(scope, shared, t.Name, shared.BusName, rule)
	return &EventTopic{Name: t.Name, Topic: topic, Delivery: delivery}
}

func newTopic(scope constructs.Construct, id string, shared Foundation) awssns.Topic {
	return awssns.NewTopic(scope, &id, &awssns.TopicProps{MasterKey: shared.TopicKey, EnforceSSL: jsii.Bool(true)})
}
