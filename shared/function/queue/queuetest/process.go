package queuetest

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"signalbox/shared/function/internal/delivery"
)

// Points at which CrashAt can kill the process.
const (
	// AfterDecode: the event is read and valid, nothing is claimed.
	AfterDecode = delivery.AfterDecode
	// AfterClaim: an Unsafe event is claimed; a Natural one is known to be new.
	AfterClaim = delivery.AfterClaim
	// AfterEffect: the effect is made; of an Unsafe function nothing that follows from it.
	AfterEffect = delivery.AfterEffect
	// BeforeComplete: all is done, the ledger does not know.
	BeforeComplete = delivery.BeforeComplete
	// AfterComplete: the ledger knows, the queue does not.
	AfterComplete = delivery.AfterComplete
	// BeforeAck: the message is handled, the answer not sent.
	BeforeAck = delivery.BeforeAck
)

// Points are all of them, in the order in which an event passes them.
func Points() []string {
	return []string{AfterDecode, AfterClaim, AfterEffect, BeforeComplete, AfterComplete, BeforeAck}
}

// crash is where a process dies: at a point, or instead of a call.
type crash struct {
	point string
	n     int
}

// CrashAt kills the process at the nth pass of the point, counted from now. Called
// again it arms the process that comes after.
func (f *Function[T]) CrashAt(point string, n int) { f.arm(crash{point, n}) }

// CrashAtCall kills the process instead of its nth call to ledger, state, bus, queue or
// a double, counted from now. A test that lets n grow until nothing crashes
// any more has tried every place where a process can die:
//
//	for n, crashed := 1, true; crashed; n++ {
//		f := queuetest.New(t, "order-approved-shipping", build, queuetest.Options{})
//		f.CrashAtCall(n)
//		...
//		crashed = f.Crashes() > 0
//	}
func (f *Function[T]) CrashAtCall(n int) { f.arm(crash{"", n}) }

func (f *Function[T]) arm(c crash) {
	f.armed = append(f.armed, c)
	f.process = nil
}

// Crashes is how often the process died.
func (f *Function[T]) Crashes() int { return f.crashes }

// process is one start of the function: from its build until it dies.
type process struct {
	handler lambda.Handler
	kill    *delivery.KillPoint
	dead    atomic.Bool
	// left counts down the calls to the one that kills.
	left atomic.Int64
}

func newProcess() *process {
	p := &process{}
	p.left.Store(math.MaxInt64)
	return p
}

func (p *process) arm(c crash) {
	if c.point == "" {
		p.left.Store(int64(c.n))
		return
	}
	p.kill = delivery.NewKillPoint(c.point + ":" + strconv.Itoa(c.n))
	p.kill.Kill = func() {
		p.dead.Store(true)
		runtime.Goexit()
	}
}

var errDead = errors.New("the process is dead")

// call lets a call of the process out, or refuses it because the process is dead.
func (p *process) call() error {
	if p.left.Add(-1) == 0 {
		p.dead.Store(true)
	}
	if p.dead.Load() {
		return errDead
	}
	return nil
}

// invoke runs the handler in a goroutine of its own, which a crash may end. It
// returns when the handler has ended, so that nothing of a dead process goes on.
func (p *process) invoke(payload []byte, timeout time.Duration) (answer []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		answer, err = p.handler.Invoke(ctx, payload)
	}()
	<-done
	return answer, err
}
