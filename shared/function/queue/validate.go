package queue

import (
	"context"

	"signalbox/shared/event"
	"signalbox/shared/function/internal/delivery"
)

// valid decodes and validates the data before anything is claimed, unless the
// reader did, and leaves it in the delivery for the typed handler.
func valid[T event.Payload](next delivery.Handler) delivery.Handler {
	return func(ctx context.Context, e event.Raw) error {
		d := delivery.Of(ctx)
		if d.Data == nil {
			typed, err := event.As[T](e)
			if err != nil {
				return err
			}
			d.Data = &typed.Data
		}
		d.Kill.Reach(delivery.AfterDecode)
		return next(ctx, e)
	}
}

// typed is the generic seam between middleware and a handler.
func typed[T event.Payload](handle Handler[T]) delivery.Handler {
	return func(ctx context.Context, e event.Raw) error {
		return handle(ctx, event.Event[T]{Header: e.Header, Data: *delivery.Of(ctx).Data.(*T)})
	}
}
