package construct

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"

	"signalbox/infra/alarm"
	"signalbox/shared/catalog"
)

// Backfill is the function that sweeps what commercetools keeps of its messages.
type Backfill struct{ *Schedule }

// NewBackfill makes the function and the alarms about what it finds.
func NewBackfill(scope constructs.Construct, p FunctionProps) *Backfill {
	b := &Backfill{NewSchedule(scope, p)}
	shared := p.Foundation
	shared.Alarms.Add(b.scope, "MissedAlarm", Alarm{Kind: alarm.Missed, Subject: p.Function.Name, Metric: b.count(shared, catalog.MetricBackfillMissed)})
	shared.Alarms.Add(b.scope, "GapsAlarm", Alarm{Kind: alarm.Gaps, Subject: p.Function.Name, Metric: b.count(shared, catalog.MetricBackfillGaps)})
	shared.Alarms.Add(b.scope, "BehindAlarm", Alarm{Kind: alarm.Behind, Subject: p.Function.Name, Metric: b.count(shared, catalog.MetricBackfillBehind), Periods: 12})
	return b
}

func (b *Backfill) graphs(shared Foundation) []awscloudwatch.GraphWidgetProps {
	return append(b.Schedule.graphs(shared), graph(b.Function.Name+": messages", []awscloudwatch.IMetric{
		b.count(shared, catalog.MetricBackfillRead), b.count(shared, catalog.MetricBackfillMissed), b.count(shared, catalog.MetricBackfillGaps),
	}))
}
