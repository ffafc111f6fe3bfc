package functions_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/sample"
)

// A purchase order that nothing answers sets a timer in Scheduler, which comes back
// through the function's own queue and is reported once, however often it comes.
func TestAPurchaseOrderThatNothingAnswersIsReportedOnce(t *testing.T) {
	for name, low := range map[string]string{"inventory-low-replenish-edi": "inventory.low", "inventory-low-replenish-webhook": "inventory.low.oversold"} {
		t.Run(name, func(t *testing.T) {
			f, ok := catalog.FunctionByName(name)
			if !ok || !f.Timers() {
				t.Fatal("the catalog has no such function that keeps timers")
			}
			body, err := os.ReadFile("../events-samples/signalbox/" + low + ".json")
			if err != nil {
				t.Fatal(err)
			}
			scene := set(t, f)
			for range 2 {
				if failed := scene.deliver(sample.SQS(body)); len(failed) > 0 {
					t.Fatalf("failed %v\n%s", failed, scene.out)
				}
			}
			timers := scene.AWS.Scheduler.Schedules()
			if len(timers) != 1 || !strings.HasPrefix(timers[0].Name, name+".") {
				t.Fatalf("timers %+v\n%s", timers, scene.out)
			}
			if n, err := scene.AWS.Scheduler.AdvanceTime(time.Until(timers[0].At) + time.Second); n != 1 || err != nil {
				t.Fatalf("%d timers fired, %v", n, err)
			}
			waiting := scene.AWS.Messages(rehearsal.Queue(f))
			if len(waiting) != 1 {
				t.Fatalf("%d messages in the function's queue", len(waiting))
			}
			for range 2 {
				if failed := scene.deliver(sample.SQS([]byte(waiting[0].Body))); len(failed) > 0 {
					t.Fatalf("failed %v\n%s", failed, scene.out)
				}
			}
			reports := scene.AWS.Published(rehearsal.Bus)
			if len(reports) != 1 {
				t.Fatalf("%d events on the bus\n%s", len(reports), scene.out)
			}
			raw, err := event.Parse(reports[0].Detail)
			if err != nil {
				t.Fatal(err)
			}
			report, err := event.As[retail.ReplenishmentOverdue](raw)
			if err != nil || report.Data.Purchase.Channel != f.System {
				t.Errorf("%+v, %v", report.Data, err)
			}
			if scene.deadLetters() != 0 || len(scene.AWS.Scheduler.Schedules()) != 0 {
				t.Errorf("%d dead letters, timers %v", scene.deadLetters(), scene.AWS.Scheduler.Schedules())
			}
		})
	}
}
