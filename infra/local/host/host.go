// Package host runs compiled functions on this machine as Lambda would run them
// behind their queues: a warm pool of processes per function, fed by a poller
// that keeps to the mapping's own settings.
//
// # Delivery
//
// Messages are received in batches of the mapping's size, after its window, while
// fewer than its maximum of invokes run. Of what the function names as failed
// nothing is deleted; the rest is. An invoke that fails, crashes or times out
// deletes nothing.
//
// # Limits
//
// Concurrent invokes are bounded by Options.MaxProcesses as well, because a
// laptop is not a region. After a crash the batch is hidden for Options.Crashed
// in place of the rest of its visibility timeout, which is minutes.
package host

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"signalbox/infra/local/deployment"
)

// Queues are the operations of SQS the host uses; *sqs.Client has them.
type Queues interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessageBatch(context.Context, *sqs.DeleteMessageBatchInput, ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// Process is one execution environment. It serves one invoke at a time.
type Process interface {
	// Invoke runs the function on payload. The error is of the function (it
	// failed, crashed or ran out of time) or of the context.
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
	// Kill ends the process at once, in the middle of an invoke too.
	Kill()
	// Close ends the process and waits until it is gone.
	Close()
}

// Function is what the host runs.
type Function struct {
	Name, ARN string
	// Bootstrap is the compiled program.
	Bootstrap string
	Env       []string
	Timeout   time.Duration
	MemoryMB  int
}

// Options of a Host.
type Options struct {
	Queues Queues
	// Spawn starts a process of f.
	Spawn func(f Function) (Process, error)
	// Observe is told what happens, from many goroutines; it may be nil.
	Observe func(Observation)
	// MaxProcesses bounds the processes of one function; 0 means 2.
	MaxProcesses int
	// Crashed is how long the batch of a crashed invoke stays hidden; 0 leaves it
	// to the queue's visibility timeout.
	Crashed time.Duration
}

// Observation is something the host saw.
type Observation struct {
	Function string
	Kind     Kind
	// Messages are the ids and bodies of the batch.
	Messages []Message
	// Err is why an invoke failed or the queue could not be polled.
	Err error
	// Failed counts the messages the function reported as failed.
	Failed int
	Took   time.Duration
}

// Message is one message of a batch.
type Message struct{ ID, Body string }

// Kind is what was seen.
type Kind string

// The kinds.
const (
	// Received: a batch was taken from the queue.
	Received Kind = "received"
	// Invoked: the function answered.
	Invoked Kind = "invoked"
	// Crashed: it failed as a whole, or its process ended, or its time was up.
	Crashed Kind = "crashed"
	// Unreachable: the queue or its deletion failed.
	Unreachable Kind = "unreachable"
)

// Host runs functions. Close it.
type Host struct {
	options Options

	stopping chan struct{}
	pollers  sync.WaitGroup
	mu       sync.Mutex
	pools    map[string]*pool
	closed   bool
}

// New returns a host that runs nothing yet.
func New(o Options) *Host {
	if o.MaxProcesses == 0 {
		o.MaxProcesses = 2
	}
	if o.Observe == nil {
		o.Observe = func(Observation) {}
	}
	return &Host{options: o, stopping: make(chan struct{}), pools: map[string]*pool{}}
}

// Run warms one process of f and feeds it from the mapping's queue until Close.
func (h *Host) Run(f Function, m deployment.Mapping) error {
	limit := h.options.MaxProcesses
	if m.MaxConcurrency > 0 {
		limit = min(limit, m.MaxConcurrency)
	}
	return h.add(f, limit, func(p *pool) { h.pollers.Go(func() { h.poll(p, m) }) })
}

// Keep warms one process of f, for [Host.Invoke].
func (h *Host) Keep(f Function) error {
	return h.add(f, h.options.MaxProcesses, func(*pool) {})
}

func (h *Host) add(f Function, limit int, then func(*pool)) error {
	p := newPool(f, limit, h.options.Spawn)
	if err := p.warm(); err != nil {
		return fmt.Errorf("start %s: %w", f.Name, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		p.close()
		return fmt.Errorf("start %s: the host is closed", f.Name)
	}
	h.pools[f.Name] = p
	then(p)
	return nil
}

// Invoke runs the named function on payload, as a synchronous invocation does,
// and returns its answer. The error is of the function, which failed, crashed or
// ran out of time, or of the context.
func (h *Host) Invoke(ctx context.Context, name string, payload []byte) ([]byte, error) {
	p, err := h.pool(name)
	if err != nil {
		return nil, err
	}
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-h.stopping:
		return nil, errClosed
	}
	defer func() { <-p.slots }()
	return p.invoke(ctx, payload)
}

// Swap lets every later invoke of the named function run the given program. An
// invoke that runs finishes with the old one; no message is lost or held up.
func (h *Host) Swap(name, bootstrap string) error {
	p, err := h.pool(name)
	if err != nil {
		return err
	}
	return p.swap(bootstrap)
}

// Kill ends the named function's processes that are in the middle of an invoke
// and returns how many there were.
func (h *Host) Kill(name string) (int, error) {
	p, err := h.pool(name)
	if err != nil {
		return 0, err
	}
	return p.kill(), nil
}

func (h *Host) pool(name string) (*pool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.pools[name]
	if !ok {
		return nil, fmt.Errorf("the host runs no function %s", name)
	}
	return p, nil
}

// Busy counts the invokes that run or are about to.
func (h *Host) Busy() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, p := range h.pools {
		n += p.busy()
	}
	return n
}

// Close stops polling, lets running invokes finish for at most grace, then ends
// every process. Nothing the host started is left when it returns.
func (h *Host) Close(grace time.Duration) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		h.pollers.Wait()
		return
	}
	h.closed = true
	close(h.stopping)
	h.mu.Unlock()
	done := make(chan struct{})
	go func() {
		h.pollers.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(grace):
	}
	for _, p := range h.pools {
		p.close()
	}
	<-done
}
