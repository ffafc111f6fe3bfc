package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/lambdatest"
	"signalbox/shared/lambdatest/awstest"
)

// Chance is how often a fault meets a request to a vendor.
type Chance struct {
	Name  string
	Share float64
	Fault connectortest.Fault
}

// Plan says how the functions are run and what goes wrong.
type Plan struct {
	// Bootstrap returns the path of a function's binary.
	Bootstrap func(catalog.Function) (string, error)
	// Processes is how many processes a function has; 0 means 2.
	Processes int
	// Timeout bounds one invoke; 0 means what the catalog says. It must be below
	// the stage's visibility in real time.
	Timeout time.Duration
	// Environment is added to every process.
	Environment []string
	// Stdout receives what the functions print; nil discards it.
	Stdout io.Writer

	// Seed is of all draws below.
	Seed uint64
	// Duplicate is the share of messages that are delivered once more.
	Duplicate float64
	// Kill is the share of invokes in which the process is killed at some moment.
	Kill float64
	// Freeze is the share of invokes in which the process stops until its timeout.
	Freeze float64
	// KillAt is a label at which the first process of each function kills itself,
	// as SIGNALBOX_KILL_AT.
	KillAt string
	// Vendor and AWS are the faults of the systems around.
	Vendor []Chance
	AWS    []awstest.Chance
}

// Counts are how often what happened in a run.
type Counts struct {
	Invokes, Failed, Timeouts, Kills, Freezes, Starts, Duplicates, VendorFaults, AWSFaults atomic.Int64
}

// run is one performance.
type run struct {
	stage  *Stage
	plan   Plan
	book   *Book
	counts *Counts

	mu   sync.Mutex
	draw *rand.Rand
}

// Perform lets the items happen, waits until nothing is in flight, and returns
// the account of it. It gives up when ctx ends; the book then shows what is missing.
func (s *Stage) Perform(ctx context.Context, plan Plan, items []Item) (*Book, error) {
	r := &run{stage: s, plan: plan, book: newBook(s, items), counts: &Counts{}, draw: rand.New(rand.NewPCG(plan.Seed, 0x516a))}
	r.book.Counts = r.counts
	if r.plan.Processes == 0 {
		r.plan.Processes = 2
	}
	s.AWS.Script(r.awsFaults())
	for _, name := range sortedNames(s.Doubles) {
		s.Doubles[name].Script(r.vendorFaults(name))
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	var mappings errgroup.Group
	defer func() { _ = mappings.Wait() }()
	defer stop()
	for _, f := range s.Functions {
		for i := range r.plan.Processes {
			p, err := r.start(f, i)
			if err != nil {
				return r.book, err
			}
			mappings.Go(func() error {
				defer p.Close()
				r.poll(work, f, p)
				r.counts.Starts.Add(int64(p.Starts()))
				return nil
			})
		}
	}
	if err := r.feed(ctx, items); err != nil {
		return r.book, err
	}
	err := r.settled(ctx)
	stop()
	_ = mappings.Wait()
	r.book.close()
	return r.book, err
}

func (r *run) start(f catalog.Function, i int) (*lambdatest.Process, error) {
	bootstrap, err := r.plan.Bootstrap(f)
	if err != nil {
		return nil, err
	}
	env := r.plan.Environment
	if i == 0 && r.plan.KillAt != "" {
		env = append(append([]string{}, env...), "SIGNALBOX_KILL_AT="+r.plan.KillAt)
	}
	return r.stage.Start(f, lambdatest.Options{Bootstrap: bootstrap, Env: env, Timeout: r.plan.Timeout, Stdout: r.plan.Stdout})
}

// feed lets the items happen in a drawn order, a few at a time, so that the
// queues neither run dry nor hold everything from the beginning.
func (r *run) feed(ctx context.Context, items []Item) error {
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	r.draw.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for n, i := range order {
		if n%500 == 499 {
			// Effects are what is counted; all exchanges of a long run would fill the memory.
			for _, d := range r.stage.Doubles {
				d.Forget()
			}
		}
		for r.pending() > 400 {
			if err := pause(ctx, 2*time.Millisecond); err != nil {
				return err
			}
		}
		if err := r.enter(items[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) enter(item Item) error {
	if item.Into == "" {
		return r.stage.AWS.Publish(Bus, "signalbox", string(item.Type), item.Body)
	}
	if err := r.stage.Notify(item.Body); err != nil {
		return err
	}
	return r.stage.AWS.Send(item.Into, string(item.Body))
}

func (r *run) pending() int {
	names := make([]string, len(r.stage.Functions))
	for i, f := range r.stage.Functions {
		names[i] = Queue(f)
	}
	return r.stage.AWS.Depth(names...)
}

// ErrUnsettled: messages were still in flight when the time was over.
var ErrUnsettled = errors.New("messages are still in flight")

func (r *run) settled(ctx context.Context) error {
	for {
		n := r.pending()
		if n == 0 {
			return nil
		}
		if pause(ctx, 5*time.Millisecond) != nil {
			return fmt.Errorf("%w: %d", ErrUnsettled, n)
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// chance draws whether something of the given share happens, and when.
func (r *run) chance(share float64, within time.Duration) (time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Duration(r.draw.Float64() * float64(within)), r.draw.Float64() < share
}

// disturb breaks the process at some moment of the invoke that begins now and
// should take about as long as told. The returned function ends that.
func (r *run) disturb(p *lambdatest.Process, takes time.Duration) func() {
	if at, yes := r.chance(r.plan.Kill, takes); yes {
		return after(at, func() { r.counts.Kills.Add(1); p.Kill() })
	}
	if at, yes := r.chance(r.plan.Freeze, takes); yes {
		return after(at, func() {
			if pid := p.PID(); pid > 0 && syscall.Kill(pid, syscall.SIGSTOP) == nil {
				r.counts.Freezes.Add(1)
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

func (r *run) vendorFaults(name string) func(*http.Request) *connectortest.Fault {
	if len(r.plan.Vendor) == 0 {
		return nil
	}
	return func(*http.Request) *connectortest.Fault {
		for _, c := range r.plan.Vendor {
			if _, yes := r.chance(c.Share, 0); yes {
				r.counts.VendorFaults.Add(1)
				f := c.Fault
				return &f
			}
		}
		return nil
	}
}

func (r *run) awsFaults() func(awstest.Call) *awstest.Fault {
	if len(r.plan.AWS) == 0 {
		return nil
	}
	draw := awstest.Chances(r.plan.Seed, r.plan.AWS...)
	return func(c awstest.Call) *awstest.Fault {
		f := draw(c)
		if f != nil {
			r.counts.AWSFaults.Add(1)
		}
		return f
	}
}
