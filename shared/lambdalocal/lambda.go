// Package lambdalocal is a Lambda on this machine: it runs compiled functions
// behind the Runtime API and feeds them from SQS queues as event source mappings
// do. The local run, the fault tests and SAM's run of one function share it.
//
//	lambda := lambdalocal.New(lambdalocal.Options{Queues: sqs.NewFromConfig(cfg)})
//	defer lambda.Close(2 * time.Second)
//	f := lambdalocal.Function{Name: "order-created-crm", Bootstrap: "dist/amd64/order-created-crm/bootstrap", Env: env}
//	err := lambda.Run(f, lambdalocal.EventSource{QueueURL: queue, BatchSize: 10, ReportsItems: true})
//
// and for a function that is invoked by something else than a queue:
//
//	err := lambda.Keep(f)
//	answer, err := lambda.Invoke(ctx, f.Name, payload)
//
// [Start] gives one process without a Lambda around it.
//
// # Delivery
//
// Messages are received in batches of the event source's size, after its window,
// while fewer than its maximum of invokes run. Of a batch, what the function names
// as failed stays in the queue and the rest is deleted. An invoke that fails,
// crashes or times out deletes nothing. How long a received message stays hidden,
// and after how many receives it is moved to the dead-letter queue, are attributes
// of the queue, as in AWS.
//
// A process is frozen between invokes only as far as it waits for the next one. It
// is killed when an invoke takes longer than the function's timeout; one that ended
// is replaced at the next invoke.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
//
// # Limits
//
// Concurrent invokes are bounded by Options.MaxProcesses as well, because a
// laptop is not a region. After a crash the batch is hidden for Options.Crashed
// instead of the rest of its visibility timeout, which is minutes.
package lambdalocal

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Queues are the operations of SQS that feed functions; *sqs.Client has them.
type Queues interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessageBatch(context.Context, *sqs.DeleteMessageBatchInput, ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// Environment is one execution environment, as *Process is. It serves one invoke
// at a time, and replaces by itself what ended.
type Environment interface {
	// Invoke runs the function on payload. The error is of the function (it
	// failed, crashed or ran out of time) or of the context.
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
	// Kill ends the process at once, in the middle of an invoke too.
	Kill()
	// Close ends the process and waits until it is gone.
	Close()
}

// Options of a Lambda.
type Options struct {
	// Queues feed the functions; not needed if none is fed.
	Queues Queues
	// Start starts an environment of f; nil means [Start].
	Start func(f Function) (Environment, error)
	// Observe is called with what happens, from many goroutines; it may be nil.
	Observe func(Observation)
	// MaxProcesses bounds the processes of one function; 0 means 2.
	MaxProcesses int
	// Crashed is how long the batch of a crashed invoke stays hidden; 0 leaves it
	// to the queue's visibility timeout.
	Crashed time.Duration
}

// Observation is something that happened.
type Observation struct {
	Function string
	Kind     Kind
	// Messages are those of the batch.
	Messages []Message
	// Err is why an invoke failed or the queue could not be polled.
	Err error
	// Failed are the ids of the messages that the function reported as failed.
	Failed map[string]bool
	Took   time.Duration
}

// Message is one message of a batch. Receives counts how often it was handed out.
type Message struct {
	ID, Body string
	Receives int
}

// Kind is what was observed.
type Kind string

// The kinds.
const (
	// Received: a batch was taken from the queue.
	Received Kind = "received"
	// Invoked: the function answered, and what it did not report as failed is deleted.
	Invoked Kind = "invoked"
	// Crashed: it failed as a whole, or its process ended, or its time was up.
	Crashed Kind = "crashed"
	// Unreachable: the queue or its deletion failed.
	Unreachable Kind = "unreachable"
)

// Lambda runs functions. Close it.
type Lambda struct {
	options Options

	stopping chan struct{}
	pollers  sync.WaitGroup
	mu       sync.Mutex
	pools    map[string]*pool
	closed   bool
}

// New returns a Lambda that runs nothing yet.
func New(o Options) *Lambda {
	if o.MaxProcesses == 0 {
		o.MaxProcesses = 2
	}
	if o.Observe == nil {
		o.Observe = func(Observation) {}
	}
	if o.Start == nil {
		o.Start = func(f Function) (Environment, error) {
			p, err := Start(f)
			if err != nil {
				// A nil *Process must not become an Environment that is not nil.
				return nil, err
			}
			return p, nil
		}
	}
	return &Lambda{options: o, stopping: make(chan struct{}), pools: map[string]*pool{}}
}

// Run warms one process of f and feeds it from the event source until Close.
func (l *Lambda) Run(f Function, s EventSource) error {
	limit := l.options.MaxProcesses
	if s.MaxConcurrency > 0 {
		limit = min(limit, s.MaxConcurrency)
	}
	if s.BatchSize == 0 {
		s.BatchSize = defaultBatchSize
	}
	return l.add(f, limit, func(p *pool) { l.pollers.Go(func() { l.poll(p, f.Name, s) }) })
}

// Keep warms one process of f, for [Lambda.Invoke].
func (l *Lambda) Keep(f Function) error {
	return l.add(f, l.options.MaxProcesses, func(*pool) {})
}

func (l *Lambda) add(f Function, limit int, then func(*pool)) error {
	p := newPool(f, limit, l.options.Start)
	if err := p.warm(); err != nil {
		return fmt.Errorf("start %s: %w", f.Name, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		p.close()
		return fmt.Errorf("start %s: %w", f.Name, ErrClosed)
	}
	l.pools[f.Name] = p
	then(p)
	return nil
}

// Invoke runs the named function on payload, as a synchronous invocation does,
// and returns its answer. The error is of the function, which failed, crashed or
// ran out of time, or of the context.
func (l *Lambda) Invoke(ctx context.Context, name string, payload []byte) ([]byte, error) {
	p, err := l.pool(name)
	if err != nil {
		return nil, err
	}
	select {
	case p.capacity <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.stopping:
		return nil, ErrClosed
	}
	defer func() { <-p.capacity }()
	return p.invoke(ctx, payload)
}

// Swap makes every later invoke of the named function run the given program. An
// invoke that runs finishes with the old one; no message is lost or held up.
func (l *Lambda) Swap(name, bootstrap string) error {
	p, err := l.pool(name)
	if err != nil {
		return err
	}
	return p.swap(bootstrap)
}

// Kill ends the named function's processes that are in the middle of an invoke
// and returns how many there were.
func (l *Lambda) Kill(name string) (int, error) {
	p, err := l.pool(name)
	if err != nil {
		return 0, err
	}
	return p.kill(), nil
}

func (l *Lambda) pool(name string) (*pool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, ok := l.pools[name]
	if !ok {
		return nil, fmt.Errorf("there is no function %s", name)
	}
	return p, nil
}

// Busy counts the invokes that run or are about to.
func (l *Lambda) Busy() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, p := range l.pools {
		n += p.busy()
	}
	return n
}

// Close stops polling, waits at most grace for running invokes to finish, then ends
// every process. Nothing that was started is left when it returns.
func (l *Lambda) Close(grace time.Duration) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		l.pollers.Wait()
		return
	}
	l.closed = true
	close(l.stopping)
	l.mu.Unlock()
	done := make(chan struct{})
	go func() {
		l.pollers.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(grace):
	}
	for _, p := range l.pools {
		p.close()
	}
	<-done
}
