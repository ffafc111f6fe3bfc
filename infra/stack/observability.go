package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"signalbox/infra/construct"
	"signalbox/infra/stage"
	"signalbox/shared/catalog"
)

func newObservability(scope awscdk.Stack, s stage.Settings, g construct.Foundation) {
	var rows []construct.EventRow
	for _, e := range catalog.Events {
		row := construct.EventRow{Type: string(e.Type())}
		for _, f := range catalog.Consumers(e.Type()) {
			if s.Uses(f) {
				row.Functions = append(row.Functions, f.Name)
			}
		}
		if len(row.Functions) > 0 {
			rows = append(rows, row)
		}
	}
	dashboard := construct.NewOverviewDashboard(scope, s.Name, rows)
	construct.AddAccountAlarms(scope, g.Alarms)
	output(scope, "DashboardUrl", "overview of the stage", dashboardURL(scope, *dashboard.DashboardName()))
}
