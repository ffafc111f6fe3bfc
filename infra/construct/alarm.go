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
)

// AlarmKind is one thing an alarm can mean, with its runbook.
type AlarmKind struct {
	// ID names the kind; its runbook's anchor is "runbook-" + ID.
	ID string
	// Means says what is the case while the alarm stands.
	Means string
	// Do says what the operator does first.
	Do string
	// Essential kinds tell of events that are lost, dead-lettered or late. A stage
	// may have only these.
	Essential bool
}

// Anchor is the README's anchor of the kind's runbook.
func (k AlarmKind) Anchor() string { return "runbook-" + k.ID }

// The kinds of alarms.
var (
	DeadLetters = AlarmKind{ID: "dead-letters", Essential: true,
		Means: "events the function could not handle wait in its dead-letter queue",
		Do:    "read the reason attribute of the messages, mend the cause, redrive within 14 days"}
	Undelivered = AlarmKind{ID: "undelivered", Essential: true,
		Means: "the bus or a topic could not deliver events, they wait in the delivery dead-letter queue",
		Do:    "read the ERROR_MESSAGE attribute, mend queue policy or key, move the messages to the function's queue"}
	Lost = AlarmKind{ID: "lost", Essential: true,
		Means: "the bus could neither deliver events nor dead-letter them",
		Do:    "mend the policy of the delivery dead-letter queue, then replay the archive for the time of the alarm to this rule alone"}
	Late = AlarmKind{ID: "late", Essential: true,
		Means: "the oldest event has waited more than five minutes",
		Do:    "look at the function's failures and throttles and at the vendor's status page; nothing is lost yet"}
	Rule = AlarmKind{ID: "rule",
		Means: "the rule fails to deliver events to its target",
		Do:    "look at the delivery dead-letter queue and at what changed in queue policy and key"}
	Failures = AlarmKind{ID: "failures",
		Means: "events have failed and been retried for a quarter of an hour",
		Do:    "group the function's log lines by fault and reason; a vendor that is down needs patience, a refusal needs a fix"}
	Errors = AlarmKind{ID: "errors",
		Means: "invocations crash, time out or do not start; handled failures do not count here",
		Do:    "read the last log lines before the crash; at start it is a missing setting or secret, which the line names"}
	Throttles = AlarmKind{ID: "throttles",
		Means: "Lambda refuses invocations for want of concurrency",
		Do:    "find who uses the account's concurrency up, raise the quota or lower another function's share"}
	Duration = AlarmKind{ID: "duration",
		Means: "invocations come near their timeout",
		Do:    "look for a slow vendor; the rest of a batch is retried, not lost; raise the timeout in the catalog if it stays"}
	LedgerTrouble = AlarmKind{ID: "ledger",
		Means: "the ledger throttles or fails, so events are retried",
		Do:    "look at the table's metrics and the account's DynamoDB quotas; events wait in their queues meanwhile"}
	Concurrency = AlarmKind{ID: "concurrency",
		Means: "the account uses four fifths of the default Lambda concurrency",
		Do:    "find the function that grew, ask for a higher quota before functions throttle"}
	Silence = AlarmKind{ID: "silence", Essential: true,
		Means: "nothing has come in from commercetools for longer than the stage allows",
		Do:    "read the subscription's status in commercetools: a stopped subscription discards notifications"}
)

// AlarmKinds returns all kinds in the order of the runbooks.
func AlarmKinds() []AlarmKind {
	return []AlarmKind{
		DeadLetters, Undelivered, Lost, Late, Silence, Failures, Errors, Throttles, Duration, Rule, LedgerTrouble, Concurrency,
	}
}

// Alarming is how a stage is told.
type Alarming struct {
	// Topic receives every alarm.
	Topic awssns.ITopic
	// Runbook is the address of the page that holds the runbooks.
	Runbook string
	// EssentialOnly leaves out the kinds that are not essential.
	EssentialOnly bool
}

// Watch is one alarm: a number, and from when on it means something.
type Watch struct {
	Kind AlarmKind
	// Subject is the function, topic or resource the alarm is about.
	Subject string
	Metric  awscloudwatch.IMetric
	// Over is the value that is still fine.
	Over float64
	// Under, with Over zero, turns the alarm around: the least value that is fine.
	Under float64
	// Periods is how many of the last periods the alarm looks at, Of how many of
	// them must be beyond the bound; zero means 1 and all.
	Periods, Of int
	// MissingIsBad makes the alarm stand while there is no data.
	MissingIsBad bool
}

// Add makes the alarm, unless the stage has only essential alarms and this is
// none. Its description says what is the case, what to do and where the runbook is.
func (a Alarming) Add(scope constructs.Construct, id string, w Watch) {
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
	alarm := awscloudwatch.NewAlarm(scope, &id, &props)
	action := awscloudwatchactions.NewSnsAction(a.Topic)
	alarm.AddAlarmAction(action)
	alarm.AddOkAction(action)
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
