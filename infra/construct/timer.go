package construct

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
	"signalbox/shared/config"
)

const schedulerService = "scheduler.amazonaws.com"

// TimerGroup is the group of the one-time schedules that the functions of a stage
// set as their timers.
type TimerGroup struct{ Name string }

// NewTimerGroup makes the group.
func NewTimerGroup(scope constructs.Construct) *TimerGroup {
	group := awsscheduler.NewCfnScheduleGroup(scope, jsii.String("TimerGroup"), nil)
	return &TimerGroup{Name: *group.Ref()}
}

// Watch makes the alarm about timers that are lost. Scheduler counts by group.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
func (t *TimerGroup) AddAlarms(scope constructs.Construct, a Alerting) {
	a.Add(scope, "TimerLostAlarm", Alarm{Kind: alarm.TimerLost, Subject: "timers",
		Metric: metric("AWS/Scheduler", "InvocationsFailedToBeSentToDeadLetterCount", "Sum", 5*time.Minute, map[string]string{"ScheduleGroup": t.Name})})
}

// timers are what a function needs to keep timers: the role by which Scheduler
// delivers them into the function's queue, and the queue of those that it cannot
// deliver.
type timers struct {
	undelivered awssqs.Queue
	config      triggerConfig
}

// newTimers makes role and queue. The function may make and delete schedules of its
// own prefix alone, and hand over nothing but this role.
func newTimers(scope constructs.Construct, p FunctionProps, queue awssqs.Queue) *timers {
	shared, f := p.Foundation, p.Function
	undelivered := newDeadLetterQueue(scope, "TimerDeadLetterQueue", shared)
	// Without the conditions a stranger's schedule could use the role:
	// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
	trusted := awsiam.NewServicePrincipal(jsii.String(schedulerService), &awsiam.ServicePrincipalOpts{Conditions: &map[string]any{
		"StringEquals": map[string]any{
			"aws:SourceAccount": account(scope),
			"aws:SourceArn":     arn(scope, "scheduler", "schedule-group/"+shared.TimerGroup),
		},
	}})
	role := awsiam.NewRole(scope, jsii.String("TimerRole"), &awsiam.RoleProps{
		Description: jsii.String("Delivers the timers of " + f.Name),
		AssumedBy:   trusted,
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"timers": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &[]awsiam.PolicyStatement{
				allow([]string{*queue.QueueArn(), *undelivered.QueueArn()}, "sqs:SendMessage"),
				allow([]string{*shared.DataKey.KeyArn()}, "kms:Decrypt", "kms:GenerateDataKey"),
			}}),
		},
	})
	pass := allow([]string{*role.RoleArn()}, "iam:PassRole")
	pass.AddCondition(jsii.String("StringEquals"), map[string]any{"iam:PassedToService": schedulerService})
	addQueueAlarm(scope, "TimerUndeliveredAlarm", shared, alarm.TimerUndelivered, f.Name, undelivered)
	return &timers{undelivered: undelivered, config: triggerConfig{
		environment: map[string]*string{
			config.TimerGroup: &shared.TimerGroup, config.TimerRole: role.RoleArn(),
			config.TimerQueue: queue.QueueArn(), config.TimerDLQ: undelivered.QueueArn(),
		},
		statements: []awsiam.PolicyStatement{
			// The full stop ends the function's name: no other function's begins with it.
			allow([]string{arn(scope, "scheduler", "schedule/"+shared.TimerGroup+"/"+f.Name+".*")}, "scheduler:CreateSchedule", "scheduler:DeleteSchedule"),
			pass,
		},
	}}
}

// waiting is how many timers could not be delivered.
func (t *timers) waiting() awscloudwatch.IMetric {
	return queueMetric(t.undelivered, "ApproximateNumberOfMessagesVisible", minute)
}
