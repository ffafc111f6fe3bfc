package rehearsal

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/lambdatest/awstest"
)

// Counts are how often what happened in a run.
type Counts struct {
	Invokes, Failed, Timeouts, Kills, Freezes, Starts, Deaths, Duplicates, VendorFaults, LateEffects, AWSFaults atomic.Int64
}

// String renders the counts in one line.
func (c *Counts) String() string {
	return fmt.Sprintf("%d invokes (%d failed whole), %d kills, %d freezes, %d timeouts, %d cold starts, %d duplicates, %d vendor faults (%d of them late), %d AWS faults",
		c.Invokes.Load(), c.Failed.Load(), c.Kills.Load(), c.Freezes.Load(), c.Timeouts.Load(), c.Starts.Load(),
		c.Duplicates.Load(), c.VendorFaults.Load(), c.LateEffects.Load(), c.AWSFaults.Load())
}

// disturbed is a process that is killed or frozen at some invokes.
type disturbed struct {
	*lambdalocal.Process
	run *Run
	// takes is about how long an invoke takes.
	takes time.Duration
}

// Invoke implements lambdalocal.Environment.
func (d *disturbed) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	d.run.Counts.Invokes.Add(1)
	undisturbed := d.run.disturb(d.Process, d.takes)
	start := time.Now()
	answer, err := d.Process.Invoke(ctx, payload)
	undisturbed()
	if err == nil {
		d.takes = time.Since(start)
	}
	return answer, err
}

// chance draws whether something of the given share happens, and when.
func (r *Run) chance(share float64, within time.Duration) (time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Duration(r.draw.Float64() * float64(within)), r.draw.Float64() < share
}

// disturb breaks the process at some moment of the invoke that begins now and
// should take about as long as given. The returned function ends that.
func (r *Run) disturb(p *lambdalocal.Process, takes time.Duration) func() {
	if at, yes := r.chance(r.plan.Kill, takes); yes {
		return after(at, func() { r.Counts.Kills.Add(1); p.Kill() })
	}
	if at, yes := r.chance(r.plan.Freeze, takes); yes {
		return after(at, func() {
			if pid := p.PID(); pid > 0 && syscall.Kill(pid, syscall.SIGSTOP) == nil {
				r.Counts.Freezes.Add(1)
			}
		})
	}
	return func() {}
}

// after calls f unless the returned function was called before; that one waits
// for an f that has begun, so that it cannot reach into the next invoke.
func after(d time.Duration, f func()) func() {
	var once sync.Once
	timer := time.AfterFunc(d, func() { once.Do(f) })
	return func() {
		timer.Stop()
		once.Do(func() {})
	}
}

func (r *Run) vendorFaults() func(*http.Request) *connectortest.Fault {
	if len(r.plan.Vendor) == 0 {
		return nil
	}
	return func(*http.Request) *connectortest.Fault {
		for _, c := range r.plan.Vendor {
			if _, yes := r.chance(c.Share, 0); yes {
				r.Counts.VendorFaults.Add(1)
				if c.Fault.Late > 0 {
					r.Counts.LateEffects.Add(1)
				}
				f := c.Fault
				return &f
			}
		}
		return nil
	}
}

func (r *Run) awsFaults() func(awstest.Call) *awstest.Fault {
	if len(r.plan.AWS) == 0 {
		return nil
	}
	draw := awstest.Chances(r.plan.Seed, r.plan.AWS...)
	return func(c awstest.Call) *awstest.Fault {
		f := draw(c)
		if f != nil {
			r.Counts.AWSFaults.Add(1)
			r.lostReply(c, f)
		}
		return f
	}
}

// lostReply counts a dead letter whose sender never learns that it was sent as one
// more delivery: it is sent again.
func (r *Run) lostReply(c awstest.Call, f *awstest.Fault) {
	var in struct {
		QueueURL string `json:"QueueUrl"`
		Body     string `json:"MessageBody"`
	}
	if c.Operation != "SendMessage" || !f.Lost && !f.After || json.Unmarshal(c.Body, &in) != nil {
		return
	}
	if function, ok := strings.CutSuffix(path.Base(in.QueueURL), deadLetterSuffix); ok {
		r.delivered(function, []byte(in.Body))
	}
}
