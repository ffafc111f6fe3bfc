package consumer

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
)

// valid decodes and validates the data before anything is claimed, unless the
// reader did, and leaves it in the delivery for the typed handler.
func valid[T event.Payload](next Handler[jsontext.Value]) Handler[jsontext.Value] {
	return func(ctx context.Context, e event.Raw) error {
		d := deliveryOf(ctx)
		if d.data == nil {
			typed, err := event.As[T](e)
			if err != nil {
				return err
			}
			d.data = &typed.Data
		}
		d.kill.reach(afterDecode)
		return next(ctx, e)
	}
}

// typed is the generic seam between middleware and a handler.
func typed[T event.Payload](handle Handler[T]) Handler[jsontext.Value] {
	return func(ctx context.Context, e event.Raw) error {
		return handle(ctx, event.Event[T]{Header: e.Header, Data: *deliveryOf(ctx).data.(*T)})
	}
}
