package queue

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/function/internal/delivery"
)

// Effect makes the handler of an Unsafe function: an effect that the vendor
// would make twice if asked twice.
//
// On a first try Act is called at once. After a try whose outcome nobody knows
// (a timeout, a crash, a lost answer), Ask is called first, and Act only if the
// effect is not there.
type Effect[T event.Payload, R any] struct {
	// Ask looks the effect up by our own reference. It returns false only if
	// the vendor certainly does not have it.
	Ask func(context.Context, event.Event[T]) (R, bool, error)
	// Act makes the effect. Only an error that is not ambiguous says that it
	// was certainly not made.
	Act func(context.Context, event.Event[T]) (R, error)
	// Then does what follows, such as emitting an event; it may be called again
	// for the same effect. It may be nil.
	Then func(context.Context, event.Event[T], R) error
}

// Handle is a Handler[T].
func (e Effect[T, R]) Handle(ctx context.Context, ev event.Event[T]) error {
	if isUncertain(ctx) {
		result, found, err := e.Ask(ctx, ev)
		if err != nil {
			return ambiguous(err)
		}
		if found {
			return e.then(ctx, ev, result)
		}
	}
	result, err := e.Act(ctx, ev)
	if err != nil {
		return err
	}
	delivery.Reach(ctx, delivery.AfterEffect)
	return e.then(ctx, ev, result)
}

func (e Effect[T, R]) then(ctx context.Context, ev event.Event[T], result R) error {
	if e.Then == nil {
		return nil
	}
	return ambiguous(e.Then(ctx, ev, result))
}

// ambiguous keeps the claim: whatever failed, the effect is or may be there.
func ambiguous(err error) error {
	if delivery.IsDone(err) {
		return err
	}
	f := *fault.Of(err)
	f.Ambiguous = true
	return &f
}

type uncertainKey struct{}

// Uncertain returns a context in which the outcome of an earlier try is
// unknown, so that an Effect asks before it acts. The runtime makes it; tests of
// handlers may.
func Uncertain(ctx context.Context) context.Context {
	return context.WithValue(ctx, uncertainKey{}, true)
}

func isUncertain(ctx context.Context) bool {
	uncertain, _ := ctx.Value(uncertainKey{}).(bool)
	return uncertain
}
