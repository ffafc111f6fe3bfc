// Package scheduler sets the timers of a function as one-time schedules of
// EventBridge Scheduler, which deliver into the function's own queue.
//
//	timers := scheduler.New(env.AWS, env.Config)
//	runner := process.Runner[state, any]{Process: reminder, Function: env.Function.Name, Store: store, Emitter: env, Timers: timers}
//
// The package brings the SDK's client of Scheduler along, 0.3 MB that only
// functions which keep timers link.
//
// # Delivery
//
// Scheduler delivers at least once, up to a minute late, and tries for a day; what
// it cannot deliver goes to the queue of undelivered timers, which has an alarm.
// A schedule deletes itself after it has fired.
//
// # Limits
//
// An account has a million schedules and, unless AWS raises it, some hundred
// creations a second: https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html
package scheduler

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"signalbox/shared/config"
	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// soonest is how far ahead a schedule is set at the least: one whose time has gone
// by when it is made might never fire, and Scheduler knows minutes.
const soonest = time.Minute

// deliverFor is how long Scheduler tries to deliver, and how often at most; both are
// the most that it allows:
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html
const (
	deliverFor   = 24 * time.Hour
	deliverTries = 185
)

// Timers are those of one function. They are safe for concurrent use.
type Timers struct {
	client                 *scheduler.Client
	group, role, queue, dl string
	now                    func() time.Time
}

// New returns the timers of the function with the given settings.
func New(c aws.Config, v config.Values, now func() time.Time) *Timers {
	return &Timers{
		client: scheduler.NewFromConfig(c), now: now,
		group: v.String(config.TimerGroup), role: v.String(config.TimerRole), queue: v.String(config.TimerQueue), dl: v.String(config.TimerDLQ),
	}
}

// Set makes the schedule of that name, which delivers fired at fired.Time. A
// schedule of that name that exists already is the same one. A failure is
// Retryable and ambiguous unless Scheduler refused the schedule.
func (t *Timers) Set(ctx context.Context, name string, fired event.Raw) error {
	message, err := event.Encode(fired)
	if err != nil {
		return fault.Refuse("timer", errors.New("the timer's message cannot be encoded"))
	}
	at := fired.Time
	if next := t.now().Add(soonest); at.Before(next) {
		at = next
	}
	_, err = t.client.CreateSchedule(ctx, &scheduler.CreateScheduleInput{
		Name: &name, GroupName: &t.group, ClientToken: &fired.ID,
		ScheduleExpression:    aws.String("at(" + at.UTC().Add(time.Second-1).Format("2006-01-02T15:04:05") + ")"),
		FlexibleTimeWindow:    &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		ActionAfterCompletion: types.ActionAfterCompletionDelete,
		Target: &types.Target{
			Arn: &t.queue, RoleArn: &t.role, Input: aws.String(string(message)),
			DeadLetterConfig: &types.DeadLetterConfig{Arn: &t.dl},
			RetryPolicy:      &types.RetryPolicy{MaximumEventAgeInSeconds: aws.Int32(int32(deliverFor / time.Second)), MaximumRetryAttempts: aws.Int32(deliverTries)},
		},
	})
	var there *types.ConflictException
	if errors.As(err, &there) {
		return nil
	}
	return classify(err)
}

// Cancel deletes the schedule of that name. One that is not there has fired, or was
// deleted before.
func (t *Timers) Cancel(ctx context.Context, name string) error {
	_, err := t.client.DeleteSchedule(ctx, &scheduler.DeleteScheduleInput{Name: &name, GroupName: &t.group})
	var gone *types.ResourceNotFoundException
	if errors.As(err, &gone) {
		return nil
	}
	return classify(err)
}

// classify says what an answer of Scheduler means. A schedule that it refuses is a
// fault of ours; permissions and quotas heal without the event.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var invalid *types.ValidationException
	if errors.As(err, &invalid) {
		return fault.Refuse("timer", errors.New("the schedule is refused by Scheduler"))
	}
	return fault.Unknown("timer", 0, errors.New("the request was not taken by Scheduler"))
}
