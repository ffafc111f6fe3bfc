package consumer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/event"
	"signalbox/shared/idempotency"
	"signalbox/shared/publisher"
	"signalbox/shared/telemetry"
)

// initTimeout bounds what is done before the first invoke. Lambda allows 10 s:
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
const initTimeout = 9 * time.Second

// assembler makes the handler of a function from what it stands on.
type assembler = func(context.Context, catalog.Function, dependencies) (lambda.Handler, error)

// Start runs the function of that name in the catalog; T is the data of the
// event that triggers it. It does not return. If the function cannot start
// (the catalog says otherwise, settings or secrets are missing, build fails) the
// process reports why to Lambda and exits.
func Start[T event.Payload](name string, build func(context.Context, Env) (Handler[T], error)) {
	start(name, eventFunction(build))
}

// StartSource runs the ingress of that name in the catalog. See Start.
func StartSource(name string, build func(context.Context, Env) (Open, error)) {
	start(name, sourceFunction(build))
}

// StartWebhook runs the function of that name, which takes events in by HTTP. See
// Start.
func StartWebhook(name string, build func(context.Context, Env) (Receive, error)) {
	start(name, webhookFunction(build))
}

// StartHTTP runs the function of that name, which answers requests. See Start.
func StartHTTP(name string, build func(context.Context, Env) (Responder, error)) {
	start(name, httpFunction(build, time.Now()))
}

func webhookFunction(build func(context.Context, Env) (Receive, error)) assembler {
	return func(ctx context.Context, f catalog.Function, d dependencies) (lambda.Handler, error) {
		if f.Trigger != catalog.HTTP || len(f.Emits) == 0 {
			return nil, fmt.Errorf("the catalog does not know %s as a function that takes events in by HTTP", f.Name)
		}
		receive, err := build(ctx, d.env())
		if err != nil {
			return nil, err
		}
		c := d.consumer()
		w := &webhook{consumer: c, receive: receive, publisher: d.publisher}
		return &server{consumer: c, answer: w.answer}, nil
	}
}

func httpFunction(build func(context.Context, Env) (Responder, error), born time.Time) assembler {
	return func(ctx context.Context, f catalog.Function, d dependencies) (lambda.Handler, error) {
		if f.Trigger != catalog.HTTP || len(f.Emits) > 0 {
			return nil, fmt.Errorf("the catalog does not know %s as a function that answers requests", f.Name)
		}
		r, err := build(ctx, d.env())
		if err != nil {
			return nil, err
		}
		c := d.consumer()
		h := &responder{consumer: c, Responder: r, born: born}
		return &server{consumer: c, answer: h.answer, direct: true}, nil
	}
}

func eventFunction[T event.Payload](build func(context.Context, Env) (Handler[T], error)) assembler {
	return func(ctx context.Context, f catalog.Function, d dependencies) (lambda.Handler, error) {
		var data T
		if f.Event != data.EventType() {
			return nil, fmt.Errorf("the catalog triggers %s by %q, its handler takes %s", f.Name, f.Event, data.EventType())
		}
		handle, err := build(ctx, d.env())
		if err != nil {
			return nil, err
		}
		c := d.consumer()
		mount(c, handle)
		return c, nil
	}
}

func sourceFunction(build func(context.Context, Env) (Open, error)) assembler {
	return func(ctx context.Context, f catalog.Function, d dependencies) (lambda.Handler, error) {
		if f.Source == "" || len(f.Emits) == 0 {
			return nil, fmt.Errorf("the catalog does not know %s as a source that emits events", f.Name)
		}
		open, err := build(ctx, d.env())
		if err != nil {
			return nil, err
		}
		c := d.consumer()
		c.settle = chain(c.observe, c.deadLetter)
		return &source{consumer: c, openBody: open, publisher: d.publisher}, nil
	}
}

func start(name string, assemble assembler) {
	process := config.LoadProcess()
	handler, err := initialize(name, process, assemble)
	if err == nil && process.RuntimeAPI == "" {
		err = errors.New("AWS_LAMBDA_RUNTIME_API is not set: functions run on Lambda, under make local and in tests")
	}
	if err != nil {
		fail(process.RuntimeAPI, name, err)
	}
	lambda.StartWithOptions(handler)
}

func initialize(name string, process config.Process, assemble assembler) (h lambda.Handler, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = panicked(value)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), initTimeout)
	defer cancel()
	f, ok := catalog.FunctionByName(name)
	if !ok {
		return nil, fmt.Errorf("the catalog has no function %s", name)
	}
	tuneMemory(process.MemoryMB)
	d, err := connect(ctx, f, process)
	if err != nil {
		return nil, err
	}
	return assemble(ctx, f, d)
}

// tuneMemory trades memory for processor time, within what the function has.
// Measured, a target of 400 makes the pipeline 1.3 times faster than 100, and
// 300 is as fast as 400 in 4 MB less; the limit keeps a batch of 6 MB from
// exhausting a small function.
func tuneMemory(memoryMB int) {
	debug.SetGCPercent(300)
	if memoryMB > 0 {
		debug.SetMemoryLimit(int64(memoryMB) << 20 * 3 / 4)
	}
}

// dependencies are what a consumer stands on, made once per process.
type dependencies struct {
	function  catalog.Function
	config    config.Values
	process   config.Process
	aws       clients
	ledger    idempotency.Store
	notes     idempotency.Notes
	arrivals  idempotency.Arrivals
	publisher *publisher.Publisher
}

// connect reads settings and secrets and makes the clients. The connection to
// the ledger is opened meanwhile, so that the first event does not wait for it.
func connect(ctx context.Context, f catalog.Function, process config.Process) (dependencies, error) {
	d := dependencies{function: f, process: process}
	if ask := process.Rehearsal.AskAfter; ask >= 0 {
		d.function.AskAfter = ask
	}
	var err error
	if d.aws, err = newClients(process.AWS); err != nil {
		return d, err
	}
	ledger := idempotency.NewDynamoDB(d.aws.dynamoDB, process.Ledger, time.Now)
	d.ledger, d.notes, d.arrivals = ledger, ledger, ledger
	warm := d.warm(ctx)
	d.config, err = config.Load(ctx, f, d.aws.secret)
	<-warm
	if err != nil {
		return d, err
	}
	if len(f.Emits) > 0 {
		d.publisher = publisher.New(d.aws.eventBridge, d.config.String(config.Bus))
	}
	return d, nil
}

// warm opens the connection to the ledger and closes the channel when it has,
// or cannot. Only the connection matters: a ledger that does not answer now is
// met again, and reported, by the first event.
func (d dependencies) warm(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	if d.function.Event == "" || d.process.Ledger == "" {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, _ = d.ledger.Find(ctx, idempotency.Entry{Function: d.function.Name, EventID: "warm"})
	}()
	return done
}

func (d dependencies) env() Env {
	return Env{
		Function: d.function, Config: d.config, Now: time.Now, AWS: d.aws.config, publisher: d.publisher, notes: d.notes,
		arrivals: d.arrivals, queue: d.aws.sqs,
		Log: telemetry.New(os.Stdout, d.process.LogLevel, d.function.Name, d.config.String(config.Stage)),
	}
}

func (d dependencies) consumer() *consumer {
	return &consumer{
		function: d.function,
		stage:    d.config.String(config.Stage),
		log:      d.env().Log,
		out:      os.Stdout,
		now:      time.Now,
		ledger:   d.ledger,
		queue:    d.aws.sqs,
		queueURL: d.config.String(config.QueueURL),
		dlqURL:   d.config.String(config.DLQURL),
		kill:     newKillPoint(d.process.Rehearsal.KillAt),
	}
}
