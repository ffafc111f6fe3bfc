package stack

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/construct"
	"signalbox/infra/stage"
	"signalbox/shared/catalog"
)

// doors are the ways in that stand so far.
type doors struct{ commercetools *construct.Ingress }

// newSchedule makes a function that runs on a schedule, and what belongs to it.
func newSchedule(scope awscdk.Stack, s stage.Settings, p construct.FunctionProps, open *doors) construct.Row {
	if p.Function.Refills() == "commercetools" {
		p.Ingress = open.commercetools.Queue
	}
	switch {
	case p.Function.Subscribes() != "":
		subscription := construct.NewSubscription(scope, construct.SubscriptionProps{FunctionProps: p, Draft: draft(scope, s, open.commercetools)})
		output(scope, "SubscriptionFunctionName", "function that keeps the commercetools subscription", *subscription.Lambda.FunctionName())
		return subscription
	case p.Function.Refills() != "":
		backfill := construct.NewBackfill(scope, p)
		output(scope, "BackfillFunctionName", "function to invoke for a back-fill of a time range", *backfill.Lambda.FunctionName())
		return backfill
	}
	return construct.NewSchedule(scope, p)
}

// last has the stack of the subscription deployed after all others: commercetools
// delivers at once, and an event that has no rule yet is lost.
func last(made map[string]awscdk.Stack) {
	platform, ok := made[string(catalog.Platform)]
	if !ok {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		if name != string(catalog.Platform) {
			platform.AddStackDependency(made[name], jsii.String("what the subscription brings must be taken"))
		}
	}
}

// draft is the subscription as commercetools is asked for it:
// https://docs.commercetools.com/api/projects/subscriptions#subscriptiondraft
func draft(scope awscdk.Stack, s stage.Settings, in *construct.Ingress) map[string]any {
	wanted := s.Ingress.Subscription
	var messages, changes []any
	for _, about := range catalog.Subscription {
		if len(about.Messages) > 0 {
			messages = append(messages, map[string]any{"resourceTypeId": about.Resource, "types": about.Messages})
		}
		if about.Changes {
			changes = append(changes, map[string]any{"resourceTypeId": about.Resource})
		}
	}
	format := map[string]any{"type": wanted.Format}
	if wanted.Format == "CloudEvents" {
		format["cloudEventsVersion"] = "1.0"
	}
	return map[string]any{
		"key": wanted.Key, "messages": messages, "changes": changes, "format": format, "destination": destination(scope, s.Ingress, in),
	}
}

func destination(scope awscdk.Stack, wanted stage.Ingress, in *construct.Ingress) map[string]any {
	switch wanted.Subscription.Way {
	case stage.BySNS:
		return map[string]any{"type": "SNS", "topicArn": in.Topic.TopicArn(), "authenticationMode": "IAM"}
	case stage.ByEventBridge:
		return map[string]any{"type": "EventBridge", "accountId": scope.Account(), "region": scope.Region()}
	case stage.ByKafka:
		return map[string]any{
			"type": "ConfluentCloud", "bootstrapServer": wanted.Kafka.Bootstrap[0], "topic": wanted.Kafka.Topic, "acks": "all",
		}
	}
	return map[string]any{"type": "SQS", "queueUrl": in.Queue.QueueUrl(), "region": scope.Region(), "authenticationMode": "IAM"}
}
