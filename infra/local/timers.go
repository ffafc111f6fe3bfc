package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"signalbox/infra/local/deployment"
	"signalbox/shared/catalog"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/reconcile"
)

// timers stands in for EventBridge Scheduler: it holds the timers of the functions,
// and puts those that are due into the functions' queues. The engine has a Scheduler
// too, whose clock nobody can move.
type timers struct {
	*awstest.Scheduler
	server *http.Server
	url    string
}

// openTimers starts the stand-in, if a function of the stage keeps timers.
func (s *System) openTimers() error {
	if !slices.ContainsFunc(s.Topology.Functions, func(f deployment.Function) bool { return keepsTimers(f.Name) }) {
		return nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	t := &timers{url: "http://" + listener.Addr().String()}
	t.Scheduler = awstest.NewScheduler(s.deliverTimer)
	t.server = &http.Server{Handler: t.Scheduler, ReadHeaderTimeout: 10 * time.Second}
	s.timers = t
	go func() {
		if err := t.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.trouble(fmt.Errorf("the stand-in for Scheduler: %w", err))
		}
	}()
	return nil
}

func keepsTimers(function string) bool {
	f, ok := catalog.FunctionByName(function)
	return ok && f.Timers()
}

// deliverTimer puts the message of a timer into the queue of that ARN.
func (s *System) deliverTimer(queueARN, body string) error {
	q, ok := s.Topology.QueueByARN(queueARN)
	if !ok {
		return fmt.Errorf("a timer is for %s, which is no queue of the stacks", queueARN)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	timer, err := reconcile.ParseEvent([]byte(body))
	if err != nil {
		return fmt.Errorf("a timer's message is no event: %w", err)
	}
	timer.Timer = timer.Source[strings.LastIndexByte(timer.Source, '/')+1:]
	s.Recorder.Event(timer)
	_, err = s.queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &q.URL, MessageBody: &body})
	return err
}

// AdvanceTime moves the clock of the timers ahead, delivers those that are due by
// then and returns how many. The clocks of the functions are not moved.
func (s *System) AdvanceTime(d time.Duration) (int, error) {
	if s.timers == nil {
		return 0, nil
	}
	return s.timers.AdvanceTime(d)
}

// Timers are those that are set, the next first.
func (s *System) Timers() []awstest.Schedule {
	if s.timers == nil {
		return nil
	}
	return s.timers.Schedules()
}
