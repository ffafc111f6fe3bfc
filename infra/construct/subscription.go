package construct

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
	"signalbox/shared/catalog"
)

// Subscription is the function that keeps the subscription at commercetools,
// and the resource of the stack that stands for it.
type Subscription struct{ *Schedule }

// SubscriptionProps describe the subscription.
type SubscriptionProps struct {
	FunctionProps
	// Draft is the subscription in commercetools' words; its strings may be tokens.
	Draft map[string]any
}

// NewSubscription makes the function, the resource and the alarms about how the
// subscription is.
func NewSubscription(scope constructs.Construct, p SubscriptionProps) *Subscription {
	s := &Subscription{NewSchedule(scope, p.FunctionProps)}
	shared := p.Foundation
	resource := awscdk.NewCustomResource(s.scope, jsii.String("Resource"), &awscdk.CustomResourceProps{
		ResourceType: jsii.String("Custom::CommercetoolsSubscription"),
		ServiceToken: s.Lambda.FunctionArn(),
		// The function answers in a minute; CloudFormation's own patience is an hour.
		ServiceTimeout: duration(10 * time.Minute),
		Properties:     &map[string]any{"Draft": p.Draft},
	})
	resource.Node().AddDependency(s.Lambda)
	shared.Alarms.Add(s.scope, "StoppedAlarm", Alarm{Kind: alarm.Stopped, Subject: p.Function.Name, Metric: s.counted(shared, catalog.SubscriptionStopped...)})
	shared.Alarms.Add(s.scope, "UnhealthyAlarm", Alarm{Kind: alarm.Unhealthy, Subject: p.Function.Name, Metric: s.counted(shared, catalog.SubscriptionHurt...), Periods: 2})
	return s
}

func (s *Subscription) graphs(shared Foundation) []awscloudwatch.GraphWidgetProps {
	metrics := []awscloudwatch.IMetric{s.count(shared, catalog.MetricSubscription+"Healthy")}
	for _, names := range [][]string{catalog.SubscriptionHurt, catalog.SubscriptionStopped} {
		for _, name := range names {
			metrics = append(metrics, s.count(shared, name))
		}
	}
	return append(s.Schedule.graphs(shared), graph(s.Function.Name+": status", metrics))
}

// counted is the sum of metrics that the function writes under the given names.
func (s *Schedule) counted(shared Foundation, names ...string) awscloudwatch.IMetric {
	metrics := map[string]awscloudwatch.Metric{}
	for i, name := range names {
		metrics[fmt.Sprintf("m%d", i)] = s.count(shared, name)
	}
	return sum(fiveMinutes, metrics)
}
