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
	g := p.Ground
	g.Alarms.Add(b.scope, "MissedAlarm", Watch{Kind: alarm.Missed, Subject: p.Function.Name, Metric: b.count(g, catalog.MetricBackfillMissed)})
	g.Alarms.Add(b.scope, "GapsAlarm", Watch{Kind: alarm.Gaps, Subject: p.Function.Name, Metric: b.count(g, catalog.MetricBackfillGaps)})
	g.Alarms.Add(b.scope, "BehindAlarm", Watch{Kind: alarm.Behind, Subject: p.Function.Name, Metric: b.count(g, catalog.MetricBackfillBehind), Periods: 12})
	return b
}

func (b *Backfill) graphs(g Ground) []awscloudwatch.GraphWidgetProps {
	return append(b.Schedule.graphs(g), graph(b.Function.Name+": messages", []awscloudwatch.IMetric{
		b.count(g, catalog.MetricBackfillRead), b.count(g, catalog.MetricBackfillMissed), b.count(g, catalog.MetricBackfillGaps),
	}))
}
