package queuetest

import (
	"context"
	"io"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/idempotency"
	"signalbox/shared/publisher"
	"signalbox/shared/state"
)

// parts are what a process is built from: all that it can reach passes p.
func (f *Function[T]) parts(p *process) function.Parts {
	parts := function.Parts{
		Function: f.entry, Config: f.config(p), Now: f.clock.now, Out: gatedOut{p, f.output}, LogLevel: "INFO", Kill: p.kill,
		Ledger: gatedLedger{p, f.ledger}, State: gatedState{p, f.state}, Arrivals: gatedArrivals{p, f.ledger}, Queue: gatedQueue{p, &f.messages},
	}
	if len(f.entry.Emits) > 0 {
		parts.Publisher = publisher.New(gatedBus{p, f.bus}, "bus")
	}
	return parts
}

// config holds what a stage would say: the catalog's defaults or examples, then what
// the doubles need, then the test's own.
func (f *Function[T]) config(p *process) config.Values {
	settings := map[string]string{
		config.Stage: "test", config.Bus: "bus", config.Ledger: "ledger", config.QueueURL: queueURL, config.DLQURL: dlqURL,
	}
	secrets := map[string]map[string]string{}
	take := func(all []catalog.Setting) {
		for _, s := range all {
			settings[s.Name] = s.Default
			if s.Default == "" && s.Required {
				settings[s.Name] = s.Example
			}
		}
	}
	take(f.entry.AllSettings())
	for _, id := range f.entry.Systems() {
		system, _ := catalog.SystemByID(id)
		take(system.Settings)
		url := f.vendors.serve(p, id)
		maps.Copy(settings, f.vendors.doubles[id].Settings(url))
		if settings[config.BaseURLName(id)] == "" {
			settings[config.BaseURLName(id)] = url
		}
		secrets[id] = f.vendors.doubles[id].Secret()
	}
	maps.Copy(settings, f.options.Settings)
	return config.Static(settings, secrets)
}

type gatedOut struct {
	*process
	to io.Writer
}

func (g gatedOut) Write(b []byte) (int, error) {
	if g.dead.Load() {
		return len(b), nil
	}
	return g.to.Write(b)
}

type gatedState struct {
	*process
	to state.Store
}

func (g gatedState) Read(ctx context.Context, key string) (state.Record, error) {
	if err := g.call(); err != nil {
		return state.Record{}, err
	}
	return g.to.Read(ctx, key)
}

func (g gatedState) Swap(ctx context.Context, key string, old state.Record, text string, keep time.Duration) (bool, error) {
	if err := g.call(); err != nil {
		return false, err
	}
	return g.to.Swap(ctx, key, old, text, keep)
}

type gatedArrivals struct {
	*process
	to idempotency.Arrivals
}

func (g gatedArrivals) Arrive(ctx context.Context, key string) error {
	if err := g.call(); err != nil {
		return err
	}
	return g.to.Arrive(ctx, key)
}

func (g gatedArrivals) Arrived(ctx context.Context, keys []string) (map[string]bool, error) {
	if err := g.call(); err != nil {
		return nil, err
	}
	return g.to.Arrived(ctx, keys)
}

type gatedBus struct {
	*process
	to publisher.API
}

func (g gatedBus) PutEvents(ctx context.Context, in *eventbridge.PutEventsInput, o ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	if err := g.call(); err != nil {
		return nil, err
	}
	return g.to.PutEvents(ctx, in, o...)
}

type gatedQueue struct {
	*process
	to delivery.SQS
}

func (g gatedQueue) SendMessage(ctx context.Context, in *sqs.SendMessageInput, o ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	if err := g.call(); err != nil {
		return nil, err
	}
	return g.to.SendMessage(ctx, in, o...)
}

func (g gatedQueue) ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, o ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	if err := g.call(); err != nil {
		return nil, err
	}
	return g.to.ChangeMessageVisibilityBatch(ctx, in, o...)
}

type gatedLedger struct {
	*process
	to idempotency.Store
}

func (g gatedLedger) Find(ctx context.Context, e idempotency.Entry) (idempotency.Verdict, error) {
	if err := g.call(); err != nil {
		return idempotency.Free, err
	}
	return g.to.Find(ctx, e)
}

func (g gatedLedger) Record(ctx context.Context, e idempotency.Entry, owner string) (idempotency.Verdict, error) {
	if err := g.call(); err != nil {
		return idempotency.Free, err
	}
	return g.to.Record(ctx, e, owner)
}

func (g gatedLedger) Claim(ctx context.Context, e idempotency.Entry, owner string, lease time.Time, settle time.Duration) (idempotency.Claim, error) {
	if err := g.call(); err != nil {
		return idempotency.Claim{}, err
	}
	return g.to.Claim(ctx, e, owner, lease, settle)
}

func (g gatedLedger) Complete(ctx context.Context, e idempotency.Entry, owner string) error {
	if err := g.call(); err != nil {
		return err
	}
	return g.to.Complete(ctx, e, owner)
}

func (g gatedLedger) Release(ctx context.Context, e idempotency.Entry, owner string, mayExist bool) error {
	if err := g.call(); err != nil {
		return err
	}
	return g.to.Release(ctx, e, owner, mayExist)
}

func (g gatedLedger) AcquireSequence(ctx context.Context, l idempotency.SequenceLock) (idempotency.SequenceVerdict, time.Time, error) {
	if err := g.call(); err != nil {
		return idempotency.Locked, time.Time{}, err
	}
	return g.to.AcquireSequence(ctx, l)
}

func (g gatedLedger) ReleaseSequence(ctx context.Context, l idempotency.SequenceLock, r idempotency.Result) error {
	if err := g.call(); err != nil {
		return err
	}
	return g.to.ReleaseSequence(ctx, l, r)
}
