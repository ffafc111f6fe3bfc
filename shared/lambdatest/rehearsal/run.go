package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/reconcile"
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
	// Processes is how many processes a function may have; 0 means 2.
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

// Run is one performance: what was broken in it, and what was seen.
type Run struct {
	Counts *Counts

	stage *Stage
	plan  Plan
	items []Item

	mu   sync.Mutex
	draw *rand.Rand
	// started counts the processes of each function.
	started   map[string]int
	processes []*lambdalocal.Process
	outcomes  []reconcile.Outcome
	// deliveries counts how often each message was handed over, and how often an
	// answer about its dead letter was lost.
	deliveries map[reconcile.At]int
}

// Perform makes the items happen, waits until nothing is in flight, and returns
// what was seen. It gives up when ctx ends; what is missing is then found.
func (s *Stage) Perform(ctx context.Context, plan Plan, items []Item) (*Run, error) {
	if plan.Processes == 0 {
		plan.Processes = 2
	}
	r := &Run{
		Counts: &Counts{}, stage: s, plan: plan, items: items, draw: rand.New(rand.NewPCG(plan.Seed, 0x516a)),
		started: map[string]int{}, deliveries: map[reconcile.At]int{},
	}
	s.AWS.Script(r.awsFaults())
	for _, name := range slices.Sorted(maps.Keys(s.Doubles)) {
		s.Doubles[name].Script(r.vendorFaults())
	}
	lambda := lambdalocal.New(lambdalocal.Options{
		Queues: s.Queues(), Start: r.start, Observe: r.observe, MaxProcesses: plan.Processes,
	})
	defer lambda.Close(time.Second)
	for _, f := range s.Functions {
		program, err := r.program(f)
		if err != nil {
			return r, err
		}
		if err := lambda.Run(program, s.EventSource(f)); err != nil {
			return r, err
		}
	}
	if err := r.feed(ctx, items); err != nil {
		return r, err
	}
	err := r.settled(ctx)
	lambda.Close(time.Second)
	for _, p := range r.processes {
		r.Counts.Starts.Add(int64(p.Starts()))
		r.Counts.Deaths.Add(int64(p.Starts() - 1))
	}
	return r, err
}

func (r *Run) program(f catalog.Function) (lambdalocal.Function, error) {
	bootstrap, err := r.plan.Bootstrap(f)
	if err != nil {
		return lambdalocal.Function{}, err
	}
	return r.stage.Deploy(f, lambdalocal.Function{Bootstrap: bootstrap, Env: r.plan.Environment, Timeout: r.plan.Timeout, Stdout: r.plan.Stdout})
}

// start starts a process of the function, which is disturbed at its work.
func (r *Run) start(f lambdalocal.Function) (lambdalocal.Environment, error) {
	r.mu.Lock()
	first := r.started[f.Name] == 0
	r.started[f.Name]++
	r.mu.Unlock()
	if first && r.plan.KillAt != "" {
		f.Env = append(slices.Clone(f.Env), "SIGNALBOX_KILL_AT="+r.plan.KillAt)
	}
	p, err := lambdalocal.Start(f)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.processes = append(r.processes, p)
	return &disturbed{Process: p, run: r, takes: time.Millisecond}, nil
}

// observe records what was handed over and what was taken off the queue, and sends
// copies of some messages, which a queue may deliver at any time.
func (r *Run) observe(o lambdalocal.Observation) {
	switch o.Kind {
	case lambdalocal.Received:
		for _, m := range o.Messages {
			r.delivered(o.Function, []byte(m.Body))
			if _, yes := r.chance(r.plan.Duplicate, 0); yes && m.Receives == 1 {
				r.Counts.Duplicates.Add(1)
				_ = r.stage.AWS.Send(o.Function, m.Body)
			}
		}
	case lambdalocal.Crashed:
		// All come back when their time is over.
		r.Counts.Failed.Add(1)
		if errors.Is(o.Err, lambdalocal.ErrTimeout) {
			r.Counts.Timeouts.Add(1)
		}
	case lambdalocal.Invoked:
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, m := range o.Messages {
			if !o.Failed[m.ID] {
				r.outcomes = append(r.outcomes, reconcile.Outcome{
					Function: o.Function, Message: m.ID, Event: identity([]byte(m.Body)), Kind: reconcile.KindDone,
				})
			}
		}
	}
}

func (r *Run) delivered(function string, body []byte) {
	at := reconcile.At{Function: function, Event: identity(body)}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deliveries[at]++
}

// feed makes the items happen in a drawn order, a few at a time, so that the
// queues neither run dry nor hold everything from the beginning.
func (r *Run) feed(ctx context.Context, items []Item) error {
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	r.mu.Lock()
	r.draw.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	r.mu.Unlock()
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

func (r *Run) enter(item Item) error {
	if item.Into != "" || item.Known {
		if err := r.stage.Notify(item.Body); err != nil {
			return err
		}
	}
	if item.Into == "" {
		return r.stage.AWS.Publish(Bus, "signalbox", string(item.Type), item.Body)
	}
	return r.stage.AWS.Send(item.Into, string(item.Body))
}

func (r *Run) pending() int {
	names := make([]string, len(r.stage.Functions))
	for i, f := range r.stage.Functions {
		names[i] = Queue(f)
	}
	return r.stage.AWS.Depth(names...)
}

// late counts what doubles have still to do for clients that gave up.
func (r *Run) late() int {
	n := 0
	for _, d := range r.stage.Doubles {
		n += d.Late()
	}
	return n
}

// ErrUnsettled: messages were still in flight when the time was over.
var ErrUnsettled = errors.New("messages are still in flight")

func (r *Run) settled(ctx context.Context) error {
	for {
		n := r.pending() + r.late()
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
