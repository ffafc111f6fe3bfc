package construct

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
)

// eventSource is what the bus entries of Signalbox's own events name as their source.
const eventSource = "signalbox"

// EventFunction is a function that one type of event triggers: a rule of the
// bus, the queue it fills, the function that reads it, and the alarms.
type EventFunction struct{ *Consumer }

// NewEventFunction makes the function and everything about it.
func NewEventFunction(scope constructs.Construct, p FunctionProps) *EventFunction {
	shared := p.Foundation
	scope = constructs.NewConstruct(scope, jsii.String(ID(p.Function.Name)))
	c := newConsumer(scope, p, 0)
	c.deliverFrom(shared, "events.amazonaws.com", arn(scope, "events", "rule/"+shared.BusName+"/*"))
	rule := newRule(scope, "Rule", ruleProps{
		description: described(p.Function.Event()) + " to " + p.Function.Name,
		bus:         shared.BusName,
		pattern:     ownEvents(p.Function.Event()),
		target:      *c.Queue.QueueArn(),
		deadLetter:  *c.Delivery.QueueArn(),
	})
	rule.Node().AddDependency(c.Queue, c.Delivery)
	addRuleAlarms(scope, shared, p.Function.Name, shared.BusName, rule)
	return &EventFunction{Consumer: c}
}

type ruleProps struct {
	description string
	// bus is the name of the bus.
	bus     string
	pattern map[string]any
	// inputPath cuts what the target gets out of the event; empty is the whole.
	inputPath  string
	target     string
	deadLetter string
}

// ownEvents is the pattern of one type of Signalbox's own events, or of all.
func ownEvents(t event.Type) map[string]any {
	pattern := map[string]any{"source": []any{eventSource}}
	if t != catalog.AnyEvent {
		pattern["detail-type"] = []any{string(t)}
	}
	return pattern
}

func described(t event.Type) string {
	if t == catalog.AnyEvent {
		return "every event"
	}
	return string(t)
}

// newRule makes a rule with one target. It is the plain resource: the library's
// own target would write the queue's policy after the rule and open the key, which
// another stack owns, once more for every rule.
func newRule(scope constructs.Construct, id string, p ruleProps) awsevents.CfnRule {
	target := awsevents.CfnRule_TargetProperty{
		Id:               jsii.String("target"),
		Arn:              &p.target,
		DeadLetterConfig: awsevents.CfnRule_DeadLetterConfigProperty{Arn: &p.deadLetter},
		// As long as EventBridge tries at all; after that the event is dead-lettered.
		// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
		RetryPolicy: awsevents.CfnRule_RetryPolicyProperty{
			MaximumEventAgeInSeconds: jsii.Number(24 * 3600), MaximumRetryAttempts: jsii.Number(185),
		},
	}
	if p.inputPath != "" {
		target.InputPath = &p.inputPath
	}
	return awsevents.NewCfnRule(scope, &id, &awsevents.CfnRuleProps{
		Description:  &p.description,
		EventBusName: p.bus,
		EventPattern: p.pattern,
		State:        jsii.String("ENABLED"),
		Targets:      []any{target},
	})
}
