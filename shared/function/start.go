package function

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/idempotency"
	"signalbox/shared/publisher"
	"signalbox/shared/state"
	"signalbox/shared/telemetry"
)

// initTimeout bounds what is done before the first invoke. Lambda allows 10 s:
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
const initTimeout = 9 * time.Second

// Assemble makes the handler of a function from its parts.
type Assemble = func(context.Context, Parts) (lambda.Handler, error)

// Start runs the function of that name in the catalog. Functions call Start of the
// package of their trigger, which calls this one. It does not return. If the
// function cannot start (the catalog says otherwise, settings or secrets are
// missing, assemble fails) the process reports why to Lambda and exits.
func Start(name string, assemble Assemble) {
	process := config.LoadProcess()
	handler, err := Initialize(name, process, assemble)
	if err == nil && process.RuntimeAPI == "" {
		err = errors.New("AWS_LAMBDA_RUNTIME_API is not set: functions run on Lambda, under make local and in tests")
	}
	if err != nil {
		Fail(process.RuntimeAPI, name, err)
	}
	lambda.StartWithOptions(handler)
}

// Initialize makes the handler of the function of that name, within the time that
// Lambda allows for it. It changes how the process collects garbage.
func Initialize(name string, process config.Process, assemble Assemble) (h lambda.Handler, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = delivery.Panicked(value)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), initTimeout)
	defer cancel()
	f, ok := catalog.FunctionByName(name)
	if !ok {
		return nil, fmt.Errorf("the catalog has no function %s", name)
	}
	tuneMemory(process.MemoryMB)
	p, err := connect(ctx, f, process)
	if err != nil {
		return nil, err
	}
	return assemble(ctx, p)
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

// Parts are what the runtime of a trigger is made from, once per process. On Lambda
// Initialize fills them; package queuetest fills them with what is in memory.
type Parts struct {
	Function catalog.Function
	Config   config.Values
	// Ledger knows which events the function has applied.
	Ledger idempotency.Store
	// State keeps what the function must remember between events.
	State state.Store
	// Arrivals knows which messages of a source arrived.
	Arrivals idempotency.Arrivals
	// Publisher puts events on the bus; nil for a function that emits none.
	Publisher *publisher.Publisher
	// Queue takes dead letters and hides messages that come back later.
	Queue delivery.SQS
	// AWS is what a client of one more service of AWS is made from.
	AWS aws.Config
	// Now is the clock.
	Now func() time.Time
	// Out takes log lines, from LogLevel up, and metrics.
	Out      io.Writer
	LogLevel string
	// Kill is where a test ends the process; nil for nowhere.
	Kill *delivery.KillPoint
}

// connect reads settings and secrets and makes the clients. The connection to
// the ledger is opened meanwhile, so that the first event does not wait for it.
func connect(ctx context.Context, f catalog.Function, process config.Process) (Parts, error) {
	p := Parts{
		Function: f, Now: time.Now, Out: os.Stdout, LogLevel: process.LogLevel, Kill: delivery.NewKillPoint(process.Rehearsal.KillAt),
	}
	if ask := process.Rehearsal.AskAfter; ask >= 0 && f.IsUnsafe() {
		p.Function.Effect = catalog.Unsafe{AskAfter: ask}
	}
	c, err := newClients(process.AWS)
	if err != nil {
		return p, err
	}
	ledger := idempotency.NewDynamoDB(c.dynamoDB, process.Ledger, p.Now)
	p.AWS, p.Queue, p.Ledger, p.Arrivals = c.config, c.sqs, ledger, ledger
	p.State = state.NewDynamoDB(c.dynamoDB, process.Ledger, p.Now)
	warm := p.warm(ctx, process.Ledger)
	p.Config, err = config.Load(ctx, f, c.secret)
	<-warm
	if err != nil {
		return p, err
	}
	if len(f.Emits) > 0 {
		p.Publisher = publisher.New(c.eventBridge, p.Config.String(config.Bus))
	}
	return p, nil
}

// warm opens the connection to the ledger and closes the channel when it has,
// or cannot. Only the connection matters: a ledger that does not answer now is
// met again, and reported, by the first event.
func (p Parts) warm(ctx context.Context, table string) <-chan struct{} {
	done := make(chan struct{})
	if p.Function.Event() == "" || table == "" {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, _ = p.Ledger.Find(ctx, idempotency.Entry{Function: p.Function.Name, EventID: "warm"})
	}()
	return done
}

// Env is what the function is built from.
func (p Parts) Env() Env {
	return Env{
		Function: p.Function, Config: p.Config, Now: p.Now, AWS: p.AWS, Log: p.log(),
		publisher: p.Publisher, State: p.State, arrivals: p.Arrivals, queue: p.Queue,
	}
}

// Recorder reports the function's outcomes.
func (p Parts) Recorder() delivery.Recorder {
	return delivery.Recorder{
		Function: p.Function, Stage: p.Config.String(config.Stage), Log: p.log(), Out: p.Out, Now: p.Now,
		Queue: p.Queue, DLQURL: p.Config.String(config.DLQURL), Kill: p.Kill,
	}
}

func (p Parts) log() *slog.Logger {
	return telemetry.New(p.Out, p.LogLevel, p.Function.Name, p.Config.String(config.Stage))
}
