package awstest

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

// Scheduler is EventBridge Scheduler in memory, as far as one-time schedules into
// queues go. Its clock is this machine's until AdvanceTime moves it ahead. It is
// safe for concurrent use and serves the REST protocol of the service.
type Scheduler struct {
	// deliver puts a message into the queue of that ARN.
	deliver func(queueARN, body string) error

	mu        sync.Mutex
	ahead     time.Duration
	schedules map[string]Schedule
}

// Schedule is a one-time schedule that has not fired.
type Schedule struct {
	Group, Name string
	At          time.Time
	// Target is the ARN of the queue it delivers to, DeadLetter that of the queue of
	// what cannot be delivered.
	Target, DeadLetter string
	// Role is what Scheduler assumes.
	Role string
	// Input is the message.
	Input string
}

// NewScheduler returns one without schedules that delivers by the given function.
func NewScheduler(deliver func(queueARN, body string) error) *Scheduler {
	return &Scheduler{deliver: deliver, schedules: map[string]Schedule{}}
}

// Now is the time of the scheduler's clock.
func (s *Scheduler) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Scheduler) now() time.Time { return time.Now().Add(s.ahead) }

// AdvanceTime moves the clock ahead, fires what is due by then in the order of its
// time and returns how many schedules fired.
func (s *Scheduler) AdvanceTime(d time.Duration) (int, error) {
	s.mu.Lock()
	s.ahead += d
	var due []Schedule
	for key, schedule := range s.schedules {
		if !schedule.At.After(s.now()) {
			due = append(due, schedule)
			delete(s.schedules, key)
		}
	}
	s.mu.Unlock()
	slices.SortFunc(due, func(a, b Schedule) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Name, b.Name)) })
	var problems []error
	for _, schedule := range due {
		if err := s.deliver(schedule.Target, schedule.Input); err != nil && s.deliver(schedule.DeadLetter, schedule.Input) != nil {
			problems = append(problems, err)
		}
	}
	return len(due), errors.Join(problems...)
}

// Schedules returns those that have not fired, the next first.
func (s *Scheduler) Schedules() []Schedule {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Schedule
	for _, schedule := range s.schedules {
		all = append(all, schedule)
	}
	slices.SortFunc(all, func(a, b Schedule) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Name, b.Name)) })
	return all
}

// ServeHTTP answers a request to the service alone, without a Server.
func (s *Scheduler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	reply, err := s.carryOut(schedulerOperation(r), r, body)
	answer(w, reply, err)
}

// schedulerOperation is the operation that a request means; "" if it is none of
// Scheduler's.
func schedulerOperation(r *http.Request) string {
	switch name, ok := strings.CutPrefix(r.URL.Path, "/schedules/"); {
	case ok && name != "" && r.Method == http.MethodPost:
		return "CreateSchedule"
	case ok && name != "" && r.Method == http.MethodDelete:
		return "DeleteSchedule"
	}
	return ""
}

func (s *Scheduler) carryOut(operation string, r *http.Request, body []byte) (any, error) {
	name := strings.TrimPrefix(r.URL.Path, "/schedules/")
	switch operation {
	case "CreateSchedule":
		var in createSchedule
		if err := json.Unmarshal(body, &in, json.RejectUnknownMembers(true)); err != nil {
			return nil, refuse("ValidationException", "%v", err)
		}
		return s.create(name, in)
	case "DeleteSchedule":
		return s.delete(name, r.URL.Query().Get("groupName"))
	}
	return nil, refuse("UnknownOperationException", "%s %s is not served here", r.Method, r.URL.Path)
}

// createSchedule is the part of CreateSchedule that is served:
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
type createSchedule struct {
	ActionAfterCompletion string
	ClientToken           string
	FlexibleTimeWindow    struct{ Mode string }
	GroupName             string
	ScheduleExpression    string
	Target                struct {
		Arn, RoleArn, Input string
		DeadLetterConfig    struct{ Arn string }
		RetryPolicy         struct{ MaximumEventAgeInSeconds, MaximumRetryAttempts int }
	}
}

var scheduleName = regexp.MustCompile(`^[0-9a-zA-Z-_.]{1,64}$`)

func (s *Scheduler) create(name string, in createSchedule) (any, error) {
	at, err := time.Parse("at(2006-01-02T15:04:05)", in.ScheduleExpression)
	target := in.Target
	switch {
	case !scheduleName.MatchString(name), !scheduleName.MatchString(in.GroupName):
		return nil, invalid("the name of the schedule or its group is none")
	case err != nil:
		return nil, invalid("Invalid Schedule Expression %s.", in.ScheduleExpression)
	case in.FlexibleTimeWindow.Mode != "OFF", in.ActionAfterCompletion != "DELETE":
		return nil, invalid("only schedules without a window that delete themselves are served here")
	case target.RoleArn == "", target.Input == "", len(target.Input) > 256<<10:
		return nil, invalid("the target has no role, or an input that is not its size")
	case !strings.Contains(target.Arn, ":sqs:"), !strings.Contains(target.DeadLetterConfig.Arn, ":sqs:"):
		return nil, invalid("only queues are served here, with a dead-letter queue")
	case target.RetryPolicy.MaximumEventAgeInSeconds < 60, target.RetryPolicy.MaximumEventAgeInSeconds > 86400, target.RetryPolicy.MaximumRetryAttempts > 185:
		return nil, invalid("the retry policy is not within what the service allows")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.schedules[in.GroupName+"/"+name]; there {
		return nil, &refusal{kind: "ConflictException", message: "Schedule " + name + " already exists.", status: http.StatusConflict}
	}
	s.schedules[in.GroupName+"/"+name] = Schedule{
		Group: in.GroupName, Name: name, At: at, Target: target.Arn, DeadLetter: target.DeadLetterConfig.Arn, Role: target.RoleArn, Input: target.Input,
	}
	return map[string]string{"ScheduleArn": "arn:aws:scheduler:" + Region + ":" + Account + ":schedule/" + in.GroupName + "/" + name}, nil
}

func (s *Scheduler) delete(name, group string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.schedules[group+"/"+name]; !there {
		return nil, &refusal{kind: "ResourceNotFoundException", message: "Schedule " + name + " does not exist.", status: http.StatusNotFound}
	}
	delete(s.schedules, group+"/"+name)
	return map[string]string{}, nil
}
