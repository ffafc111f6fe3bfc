package construct

import (
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
	"signalbox/shared/catalog"
)

const (
	minute      = time.Minute
	fiveMinutes = 5 * time.Minute
	// late is how old the oldest event may be.
	late = 5 * time.Minute
)

// watch makes the alarms about the function itself.
func (w *Worker) addAlarms(shared Foundation) {
	timeout := w.Function.TimeoutOrDefault()
	for _, a := range []struct {
		id    string
		alarm Alarm
	}{
		{"FailuresAlarm", Alarm{Kind: alarm.Failures, Metric: w.count(shared, catalog.MetricItemFailures), Periods: 3}},
		{"ErrorsAlarm", Alarm{Kind: alarm.Errors, Metric: w.lambda("Errors", "Sum"), Periods: 3, Of: 2}},
		{"ThrottlesAlarm", Alarm{Kind: alarm.Throttles, Metric: w.lambda("Throttles", "Sum"), Periods: 3}},
		{"DurationAlarm", Alarm{Kind: alarm.Duration, Metric: w.lambda("Duration", "p99"), Over: 0.8 * float64(timeout.Milliseconds()), Periods: 3}},
	} {
		a.alarm.Subject = w.Function.Name
		shared.Alarms.Add(w.scope, a.id, a.alarm)
	}
}

// addQueueAlarms makes the alarms about the queue and its dead-letter queue.
func (c *Consumer) addQueueAlarms(shared Foundation) {
	name := c.Function.Name
	addQueueAlarm(c.scope, "DeadLettersAlarm", shared, alarm.DeadLetters, name, c.DeadLetter)
	shared.Alarms.Add(c.scope, "LateAlarm", Alarm{Kind: alarm.Late, Subject: name, Metric: c.Age(), Over: late.Seconds(), Periods: 5})
}

// Age is the age of the oldest event in the queue, in seconds.
func (c *Consumer) Age() awscloudwatch.Metric {
	return queueMetric(c.Queue, "ApproximateAgeOfOldestMessage", minute)
}

// Dead is how many events wait in the dead-letter queue.
func (c *Consumer) Dead() awscloudwatch.Metric {
	return queueMetric(c.DeadLetter, "ApproximateNumberOfMessagesVisible", minute)
}

// Undelivered is how many events wait in the delivery dead-letter queue; nil
// if the function has none.
func (c *Consumer) Undelivered() awscloudwatch.Metric {
	if c.Delivery == nil {
		return nil
	}
	return queueMetric(c.Delivery, "ApproximateNumberOfMessagesVisible", minute)
}

// FunctionMetric is a metric that the function itself writes. It is named by
// stage and function, so it needs no reference to the function's stack.
func FunctionMetric(stage, function, name, statistic string) awscloudwatch.Metric {
	return metric(catalog.MetricNamespace, name, statistic, fiveMinutes, map[string]string{
		catalog.DimensionStage: stage, catalog.DimensionFunction: function,
	})
}

// EventMetric is a metric of all functions that one type of event triggers.
func EventMetric(stage, eventType, name, statistic string) awscloudwatch.Metric {
	return metric(catalog.MetricNamespace, name, statistic, fiveMinutes, map[string]string{
		catalog.DimensionStage: stage, catalog.DimensionEventType: eventType,
	})
}

// addRuleAlarms makes the alarms about a rule's deliveries. The bus writes these
// metrics only while they are not zero.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
func addRuleAlarms(scope constructs.Construct, shared Foundation, subject, bus string, rule awsevents.CfnRule) {
	// A rule's ARN ends in rule/<bus>/<rule>, and the name of a partner's bus has
	// slashes of its own.
	name := awscdk.Fn_Select(jsii.Number(2+strings.Count(bus, "/")), awscdk.Fn_Split(jsii.String("/"), rule.AttrArn(), nil))
	addDeliveryAlarms(scope, shared, subject, map[string]string{"EventBusName": bus, "RuleName": *name})
}

// addDeliveryAlarms makes the alarms about the deliveries of the rule that the
// dimensions name.
func addDeliveryAlarms(scope constructs.Construct, shared Foundation, subject string, dimensions map[string]string) {
	count := func(metricName string) awscloudwatch.Metric {
		return metric("AWS/Events", metricName, "Sum", fiveMinutes, dimensions)
	}
	shared.Alarms.Add(scope, "RuleAlarm", Alarm{Kind: alarm.Rule, Subject: subject, Metric: sum(fiveMinutes, map[string]awscloudwatch.Metric{
		"failed": count("FailedInvocations"), "dead": count("InvocationsSentToDlq"),
	})})
	shared.Alarms.Add(scope, "LostAlarm", Alarm{Kind: alarm.Lost, Subject: subject, Metric: count("InvocationsFailedToBeSentToDlq")})
}

// defaultConcurrency is how many invocations an account may run at once until
// AWS raises it.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const defaultConcurrency = 1000

// AddAccountAlarms makes the alarms about what all functions of the account share.
func AddAccountAlarms(scope constructs.Construct, a Alerting) {
	a.Add(scope, "ConcurrencyAlarm", Alarm{Kind: alarm.Concurrency, Subject: "account", Over: 0.8 * defaultConcurrency, Periods: 3,
		Metric: metric("AWS/Lambda", "ConcurrentExecutions", "Maximum", minute, nil)})
}
