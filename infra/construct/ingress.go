package construct

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
	"signalbox/shared/catalog"
)

const (
	// CommercetoolsSender is the IAM user as which commercetools delivers to SQS
	// and SNS in the authentication mode IAM.
	// https://docs.commercetools.com/api/projects/subscriptions#aws-sqs-destination
	CommercetoolsSender = "arn:aws:iam::362576667341:user/subscriptions"
	// commercetoolsMessageBytes is the message size commercetools requires of a
	// queue it delivers to.
	commercetoolsMessageBytes = 262144
)

// IngressProps describe how commercetools comes in.
type IngressProps struct {
	FunctionProps
	// SNS adds a topic that feeds the queue.
	SNS bool
	// PartnerSource is the EventBridge partner event source that feeds the queue, if any.
	PartnerSource string
	// Silence is how long nothing may come in before an alarm; 0 is never.
	Silence time.Duration
	// TypeSilence is the same per type of event.
	TypeSilence map[string]time.Duration
}

// Ingress is the function that opens what commercetools delivers, and the ways
// in: its queue, and where the stage has them a topic and a partner event bus
// that feed the same queue.
type Ingress struct {
	*Consumer
	// Topic is nil without SNS.
	Topic awssns.Topic
}

// NewIngress makes the function, its queue and every way in.
func NewIngress(scope constructs.Construct, p IngressProps) *Ingress {
	scope = constructs.NewConstruct(scope, jsii.String(ID(p.Function.Name)))
	in := &Ingress{Consumer: newConsumer(scope, p.FunctionProps, commercetoolsMessageBytes)}
	in.Queue.AddToResourcePolicy(allowCommercetools(*in.Queue.QueueArn(), "sqs:SendMessage"))
	if p.SNS {
		in.subscribe(scope, p.Foundation)
	}
	if p.PartnerSource != "" {
		in.associate(scope, p)
	}
	if p.Silence > 0 {
		p.Foundation.Alarms.Add(scope, "SilenceAlarm", Alarm{Kind: alarm.Silence, Subject: p.Function.Name, Under: 1, MissingIsBad: true,
			Metric: metric("AWS/SQS", "NumberOfMessagesSent", "Sum", p.Silence, map[string]string{"QueueName": *in.Queue.QueueName()})})
	}
	for _, kind := range slices.Sorted(maps.Keys(p.TypeSilence)) {
		p.Foundation.Alarms.Add(scope, "Silence"+ID(strings.ReplaceAll(kind, ".", "-"))+"Alarm", Alarm{
			Kind: alarm.TypeSilence, Subject: p.Function.Name + ", " + kind, Under: 1, MissingIsBad: true,
			Metric: metric(catalog.MetricNamespace, catalog.MetricPublished, "Sum", p.TypeSilence[kind], map[string]string{
				catalog.DimensionStage: p.Foundation.Stage, catalog.DimensionEventType: kind,
			}),
		})
	}
	return in
}

// subscribe adds the topic. Delivery is raw, without SNS's envelope: the quoting
// inside the envelope would carry a large message over what the queue takes.
func (in *Ingress) subscribe(scope constructs.Construct, shared Foundation) {
	in.Topic = newTopic(scope, "Topic", shared)
	in.Topic.AddToResourcePolicy(allowCommercetools(*in.Topic.TopicArn(), "sns:Publish"))
	in.deliverFrom(shared, "sns.amazonaws.com", *in.Topic.TopicArn())
	subscription := awssns.NewCfnSubscription(scope, jsii.String("Subscription"), &awssns.CfnSubscriptionProps{
		TopicArn:           in.Topic.TopicArn(),
		Protocol:           jsii.String("sqs"),
		Endpoint:           in.Queue.QueueArn(),
		RawMessageDelivery: jsii.Bool(true),
		RedrivePolicy:      map[string]any{"deadLetterTargetArn": in.Delivery.QueueArn()},
	})
	subscription.Node().AddDependency(in.Queue, in.Delivery)
}

// associate takes the partner event source into use: a bus of the source's name
// and a rule that passes on what commercetools sent, without the bus's wrapper,
// for the same reason of size.
func (in *Ingress) associate(scope constructs.Construct, p IngressProps) {
	bus := awsevents.NewCfnEventBus(scope, jsii.String("PartnerBus"), &awsevents.CfnEventBusProps{
		Name: &p.PartnerSource, EventSourceName: &p.PartnerSource,
	})
	in.deliverFrom(p.Foundation, "events.amazonaws.com", arn(scope, "events", "rule/"+p.PartnerSource+"/*"))
	rule := newRule(scope, "PartnerRule", ruleProps{
		description: p.PartnerSource + " to " + p.Function.Name,
		bus:         p.PartnerSource,
		pattern:     map[string]any{"source": []any{p.PartnerSource}},
		inputPath:   "$.detail",
		target:      *in.Queue.QueueArn(),
		deadLetter:  *in.Delivery.QueueArn(),
	})
	rule.Node().AddDependency(bus, in.Queue, in.Delivery)
	addRuleAlarms(scope, p.Foundation, p.Function.Name, p.PartnerSource, rule)
}

func allowCommercetools(resource, action string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{awsiam.NewArnPrincipal(jsii.String(CommercetoolsSender))},
		Actions:    jsii.Strings(action),
		Resources:  jsii.Strings(resource),
	})
}
