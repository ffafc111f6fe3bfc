package scheduler_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"signalbox/shared/config"
	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/process"
	"signalbox/shared/process/scheduler"
)

const function = "inventory-low-replenish-edi"

func serve(t *testing.T) (*scheduler.Timers, *awstest.Server) {
	t.Helper()
	server, err := awstest.Serve(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.CreateQueue(awstest.Queue{Name: "queue"})
	server.CreateQueue(awstest.Queue{Name: "undelivered"})
	c := aws.Config{
		Region: awstest.Region, BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		RetryMaxAttempts: 1,
	}
	return scheduler.New(c, config.Static(map[string]string{
		config.TimerGroup: "group", config.TimerRole: "arn:aws:iam::000000000000:role/timers",
		config.TimerQueue: awstest.QueueARN("queue"), config.TimerDLQ: awstest.QueueARN("undelivered"),
	}, nil), time.Now), server
}

func fired(t *testing.T, at time.Time) event.Raw {
	t.Helper()
	raw, err := event.Next(function, event.Header{ID: "e-1"}, at, process.Fired{Process: "replenishment", Key: "i-1", Timer: "answer", Version: 1, At: at.UTC()})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestATimerComesIntoTheQueueAtItsTime(t *testing.T) {
	timers, server := serve(t)
	message := fired(t, time.Now().Add(48*time.Hour))
	name := process.ScheduleName(function, message)
	for range 2 { // Set again it is the same timer.
		if err := timers.Set(t.Context(), name, message); err != nil {
			t.Fatal(err)
		}
	}
	all := server.Scheduler.Schedules()
	if len(all) != 1 || all[0].Name != name || all[0].Group != "group" || all[0].Role != "arn:aws:iam::000000000000:role/timers" || all[0].DeadLetter != awstest.QueueARN("undelivered") {
		t.Fatalf("schedules %+v", all)
	}
	if n, err := server.Scheduler.AdvanceTime(47 * time.Hour); n != 0 || err != nil {
		t.Errorf("%d fired before their time, %v", n, err)
	}
	if n, err := server.Scheduler.AdvanceTime(time.Hour + time.Second); n != 1 || err != nil {
		t.Errorf("%d fired, %v", n, err)
	}
	queue := server.Messages("queue")
	if len(queue) != 1 {
		t.Fatalf("%d messages", len(queue))
	}
	got, err := event.Parse([]byte(queue[0].Body))
	if err != nil || got.ID != message.ID {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestATimerIsCancelledOnceAndForGood(t *testing.T) {
	timers, server := serve(t)
	message := fired(t, time.Now().Add(48*time.Hour))
	name := process.ScheduleName(function, message)
	if err := timers.Set(t.Context(), name, message); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := timers.Cancel(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if all := server.Scheduler.Schedules(); len(all) != 0 {
		t.Errorf("schedules %+v", all)
	}
}

func TestATimerWhoseTimeHasGoneByFiresSoon(t *testing.T) {
	timers, server := serve(t)
	message := fired(t, time.Now().Add(-time.Hour))
	if err := timers.Set(t.Context(), process.ScheduleName(function, message), message); err != nil {
		t.Fatal(err)
	}
	all := server.Scheduler.Schedules()
	if len(all) != 1 || time.Until(all[0].At) < 50*time.Second || time.Until(all[0].At) > 2*time.Minute {
		t.Errorf("schedules %+v", all)
	}
}

func TestAScheduleNameFits(t *testing.T) {
	message := fired(t, time.Now())
	name := process.ScheduleName(strings.Repeat("f", 37), message)
	if len(name) != 64 || strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-.", r)
	}) {
		t.Errorf("%s has %d characters", name, len(name))
	}
}

func TestWhatSchedulerAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer    awstest.Fault
		kind      fault.Kind
		ambiguous bool
	}{
		"refused":      {awstest.Fault{Type: "ValidationException"}, fault.Permanent, false},
		"not allowed":  {awstest.Fault{Type: "AccessDeniedException", Status: http.StatusForbidden}, fault.Retryable, true},
		"throttled":    {awstest.Fault{Type: "ThrottlingException", Status: http.StatusTooManyRequests}, fault.Retryable, true},
		"an empty one": {awstest.LostReply, fault.Retryable, true},
	} {
		t.Run(name, func(t *testing.T) {
			timers, server := serve(t)
			server.Script(func(awstest.Call) *awstest.Fault { return &c.answer })
			message := fired(t, time.Now())
			for _, err := range []error{timers.Set(t.Context(), "name", message), timers.Cancel(t.Context(), "name")} {
				if f := fault.Of(err); f == nil || f.Kind != c.kind || f.Ambiguous != c.ambiguous {
					t.Errorf("%v", err)
				}
			}
		})
	}
}
