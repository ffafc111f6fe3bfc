package schedule_test

import (
	"context"
	"fmt"
	"time"

	"signalbox/shared/function/schedule"
)

// A run reports counts, which become metrics, and short words for its log line. The
// schedule invokes it with a time alone, a person with a JSON object.
func ExampleRun() {
	var run schedule.Run = func(_ context.Context, i schedule.Invocation) (schedule.Report, error) {
		from := i.Time.Add(-time.Hour).Format(time.TimeOnly)
		if i.Demand != nil {
			from = "as asked: " + string(i.Demand)
		}
		return schedule.Report{Counts: map[string]int{"Read": 12}, Notes: map[string]string{"from": from}}, nil
	}
	at := time.Date(2026, 11, 28, 4, 30, 0, 0, time.UTC)
	for _, i := range []schedule.Invocation{{Time: at}, {Time: at, Demand: []byte(`{"from":"03:00"}`)}} {
		report, err := run(context.Background(), i)
		fmt.Println(report.Counts["Read"], report.Notes["from"], err)
	}
	// Output:
	// 12 03:30:00 <nil>
	// 12 as asked: {"from":"03:00"} <nil>
}
