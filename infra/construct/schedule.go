package construct

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
)

// Schedule is a function that runs on a schedule: a rule of the account's default
// bus, the queue of runs that failed, the one of ticks that could not be
// delivered, and the alarms.
type Schedule struct {
	*Worker
	// Failed takes what a run was for that failed in all its tries.
	Failed awssqs.Queue
	// Delivery takes the ticks that did not reach the function.
	Delivery awssqs.Queue
}

// missedRuns is how many runs may be missing before an alarm.
const missedRuns = 3

// NewSchedule makes the function and everything about it.
func NewSchedule(scope constructs.Construct, p FunctionProps) *Schedule {
	shared, f := p.Foundation, p.Function
	scope = constructs.NewConstruct(scope, jsii.String(ID(f.Name)))
	failed := newDeadLetterQueue(scope, "FailedRuns", shared)
	s := &Schedule{Failed: failed, Delivery: newDeadLetterQueue(scope, "DeliveryDeadLetterQueue", shared)}
	s.Worker = newWorker(scope, p, triggerConfig{statements: []awsiam.PolicyStatement{allow([]string{*failed.QueueArn()}, "sqs:SendMessage")}})
	invocation := awslambda.NewCfnEventInvokeConfig(scope, jsii.String("Invocation"), &awslambda.CfnEventInvokeConfigProps{
		FunctionName: s.Lambda.FunctionName(),
		Qualifier:    jsii.String("$LATEST"),
		// The next run does what an older one was for.
		MaximumEventAgeInSeconds: jsii.Number(min(f.Every(), 6*time.Hour).Seconds()),
		MaximumRetryAttempts:     jsii.Number(2),
		DestinationConfig: awslambda.CfnEventInvokeConfig_DestinationConfigProperty{
			OnFailure: awslambda.CfnEventInvokeConfig_OnFailureProperty{Destination: failed.QueueArn()},
		},
	})
	allowSend(s.Delivery, "events.amazonaws.com", arn(scope, "events", "rule/*"))
	rule := awsevents.NewCfnRule(scope, jsii.String("Rule"), &awsevents.CfnRuleProps{
		Description:        jsii.String("schedule of " + f.Name),
		ScheduleExpression: jsii.String(rate(f.Every())),
		State:              jsii.String("ENABLED"),
		Targets: []any{awsevents.CfnRule_TargetProperty{
			Id: jsii.String("target"), Arn: s.Lambda.FunctionArn(),
			DeadLetterConfig: awsevents.CfnRule_DeadLetterConfigProperty{Arn: s.Delivery.QueueArn()},
			RetryPolicy: awsevents.CfnRule_RetryPolicyProperty{
				MaximumEventAgeInSeconds: jsii.Number(max(time.Minute, f.Every()).Seconds()), MaximumRetryAttempts: jsii.Number(185),
			},
		}},
	})
	rule.Node().AddDependency(s.Delivery, invocation)
	awslambda.NewCfnPermission(scope, jsii.String("Permission"), &awslambda.CfnPermissionProps{
		Action: jsii.String("lambda:InvokeFunction"), FunctionName: s.Lambda.FunctionArn(),
		Principal: jsii.String("events.amazonaws.com"), SourceArn: rule.AttrArn(),
	})
	addQueueAlarm(scope, "UndeliveredAlarm", shared, alarm.Undelivered, f.Name, s.Delivery)
	addQueueAlarm(scope, "RunFailedAlarm", shared, alarm.RunFailed, f.Name, failed)
	// A rule of the default bus is known by its name alone.
	addDeliveryAlarms(scope, shared, f.Name, map[string]string{"RuleName": *rule.Ref()})
	shared.Alarms.Add(scope, "RunMissingAlarm", Alarm{Kind: alarm.RunMissing, Subject: f.Name, Under: 1, MissingIsBad: true,
		Metric: metric("AWS/Lambda", "Invocations", "Sum", max(missedRuns*f.Every(), fiveMinutes), map[string]string{"FunctionName": *s.Lambda.FunctionName()})})
	return s
}

// rate writes a duration as a schedule of EventBridge takes it:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
func rate(every time.Duration) string {
	minutes := int(every / time.Minute)
	if minutes == 1 {
		return "rate(1 minute)"
	}
	return fmt.Sprintf("rate(%d minutes)", minutes)
}

func (s *Schedule) graphs(shared Foundation) []awscloudwatch.GraphWidgetProps {
	waiting := func(q awssqs.Queue) awscloudwatch.IMetric {
		return queueMetric(q, "ApproximateNumberOfMessagesVisible", minute)
	}
	return append(s.Worker.graphs(shared),
		graph(s.Function.Name+": runs", []awscloudwatch.IMetric{s.lambda("Invocations", "Sum"), s.lambda("Duration", "Maximum")}),
		graph(s.Function.Name+": failed and undelivered runs", []awscloudwatch.IMetric{waiting(s.Failed), waiting(s.Delivery)}))
}
