package construct

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/shared/catalog"
)

// Row is a function with a row on its stack's dashboard.
type Row interface {
	graphs(Foundation) []awscloudwatch.GraphWidgetProps
}

// NewFunctionDashboard makes a dashboard with one row per function: what it
// did, how it failed, how old its queue is, what lies in its dead-letter queues. It
// belongs into the functions' own stack: a reference from another stack would
// keep a function from ever being removed.
func NewFunctionDashboard(scope constructs.Construct, shared Foundation, rows []Row) awscloudwatch.Dashboard {
	dashboard := awscloudwatch.NewDashboard(scope, jsii.String("Dashboard"), nil)
	for _, r := range rows {
		row(dashboard, r.graphs(shared)...)
	}
	return dashboard
}

func (w *Worker) graphs(shared Foundation) []awscloudwatch.GraphWidgetProps {
	name := w.Function.Name
	own := func(metrics ...string) []awscloudwatch.IMetric {
		var ms []awscloudwatch.IMetric
		for _, m := range metrics {
			ms = append(ms, w.count(shared, m))
		}
		return ms
	}
	return []awscloudwatch.GraphWidgetProps{
		graph(name+": events", own(catalog.MetricApplied, catalog.MetricDuplicates, catalog.MetricIgnored, catalog.MetricStale)),
		graph(name+": failures", append(own(catalog.MetricItemFailures, catalog.MetricDeadLettered), w.lambda("Errors", "Sum"), w.lambda("Throttles", "Sum"))),
	}
}

func (c *Consumer) graphs(shared Foundation) []awscloudwatch.GraphWidgetProps {
	dead := []awscloudwatch.IMetric{c.Dead()}
	if c.Delivery != nil {
		dead = append(dead, c.Undelivered())
	}
	if c.timers != nil {
		dead = append(dead, c.timers.waiting())
	}
	return append(c.Worker.graphs(shared),
		graph(c.Function.Name+": age of the oldest event, s", []awscloudwatch.IMetric{c.Age()}),
		graph(c.Function.Name+": dead letters", dead))
}

// EventRow is one type of event and who handles it.
type EventRow struct {
	Type      string
	Functions []string
}

// NewOverviewDashboard makes a dashboard with one row per type of event: how
// long from occurrence to effect, and how many were handled by whom. It uses only
// metrics that the functions write, so it references no other stack.
func NewOverviewDashboard(scope constructs.Construct, stage string, rows []EventRow) awscloudwatch.Dashboard {
	dashboard := awscloudwatch.NewDashboard(scope, jsii.String("Dashboard"), nil)
	for _, r := range rows {
		var latency, applied, failed []awscloudwatch.IMetric
		for _, statistic := range []string{"p50", "p95", "p99"} {
			latency = append(latency, EventMetric(stage, r.Type, catalog.MetricLatencyMs, statistic))
		}
		for _, f := range r.Functions {
			applied = append(applied, FunctionMetric(stage, f, catalog.MetricApplied, "Sum"))
			failed = append(failed, FunctionMetric(stage, f, catalog.MetricItemFailures, "Sum"), FunctionMetric(stage, f, catalog.MetricDeadLettered, "Sum"))
		}
		row(dashboard,
			graph(r.Type+": occurred to applied, ms", latency),
			graph(r.Type+": applied", applied),
			graph(r.Type+": failed and dead-lettered", failed),
		)
	}
	return dashboard
}

func graph(title string, metrics []awscloudwatch.IMetric) awscloudwatch.GraphWidgetProps {
	return awscloudwatch.GraphWidgetProps{Title: &title, Left: &metrics, LeftYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0)}}
}

// row lays the graphs side by side over the dashboard's 24 columns.
func row(dashboard awscloudwatch.Dashboard, graphs ...awscloudwatch.GraphWidgetProps) {
	var widgets []awscloudwatch.IWidget
	for _, props := range graphs {
		props.Width = jsii.Number(24 / len(graphs))
		widgets = append(widgets, awscloudwatch.NewGraphWidget(&props))
	}
	dashboard.AddWidgets(widgets...)
}
