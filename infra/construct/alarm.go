package construct

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
)

// Alerting is how a stage reports alarms.
type Alerting struct {
	// Topic receives every alarm.
	Topic awssns.ITopic
	// Runbook is the address of the page that holds the runbooks.
	Runbook string
	// EssentialOnly leaves out the kinds that are not essential.
	EssentialOnly bool
}

// Alarm is one alarm: a number, and from when on it triggerConfig something.
type Alarm struct {
	Kind alarm.Kind
	// Subject is the function, topic or resource the alarm is about.
	Subject string
	Metric  awscloudwatch.IMetric
	// Over is the value that is still fine.
	Over float64
	// Under, with Over zero, turns the alarm around: the least value that is fine.
	Under float64
	// Periods is how many of the last periods the alarm looks at, Of how many of
	// them must be beyond the bound; zero triggerConfig 1 and all.
	Periods, Of int
	// MissingIsBad makes the alarm stand while there is no data.
	MissingIsBad bool
}

// Add makes the alarm, unless the stage has only essential alarms and this is
// none. Its description says what it means, what to do and where the runbook is.
func (a Alerting) Add(scope constructs.Construct, id string, w Alarm) {
	if a.EssentialOnly && !w.Kind.Essential {
		return
	}
	periods := max(1, w.Periods)
	props := awscloudwatch.AlarmProps{
		AlarmDescription:   jsii.String(fmt.Sprintf("%s: %s. Do: %s. Runbook: %s#%s", w.Subject, w.Kind.Means, w.Kind.Do, a.Runbook, w.Kind.Anchor())),
		Metric:             w.Metric,
		Threshold:          &w.Over,
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD,
		EvaluationPeriods:  jsii.Number(periods),
		DatapointsToAlarm:  jsii.Number(max(1, w.Of)),
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
	}
	if w.Of == 0 {
		props.DatapointsToAlarm = jsii.Number(periods)
	}
	if w.Under > 0 {
		props.Threshold = &w.Under
		props.ComparisonOperator = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
	}
	if w.MissingIsBad {
		props.TreatMissingData = awscloudwatch.TreatMissingData_BREACHING
	}
	made := awscloudwatch.NewAlarm(scope, &id, &props)
	action := awscloudwatchactions.NewSnsAction(a.Topic)
	made.AddAlarmAction(action)
	made.AddOkAction(action)
}

func metric(namespace, name, statistic string, period time.Duration, dimensions map[string]string) awscloudwatch.Metric {
	pointers := map[string]*string{}
	for key, value := range dimensions {
		pointers[key] = &value
	}
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: &namespace, MetricName: &name, Statistic: &statistic, Period: duration(period), DimensionsMap: &pointers,
	})
}

// sum adds metrics that are absent while they are zero.
func sum(period time.Duration, metrics map[string]awscloudwatch.Metric) awscloudwatch.IMetric {
	using := map[string]awscloudwatch.IMetric{}
	expression := ""
	for _, id := range slices.Sorted(maps.Keys(metrics)) {
		using[id] = metrics[id]
		if expression != "" {
			expression += " + "
		}
		expression += "FILL(" + id + ", 0)"
	}
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: &expression, UsingMetrics: &using, Period: duration(period),
	})
}
