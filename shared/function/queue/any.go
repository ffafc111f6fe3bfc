package queue

import (
	"context"
	"fmt"

	"github.com/aws/aws-lambda-go/lambda"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/delivery"
)

// StartAny runs the function of that name in the catalog, which every event
// triggers. Its handler is given the data as the type the catalog has for the
// event; a type that is not in the catalog is Invalid. See Start.
func StartAny(name string, build func(context.Context, function.Env) (Handler[event.Payload], error)) {
	function.Start(name, assembleAny(build))
}

func assembleAny(build func(context.Context, function.Env) (Handler[event.Payload], error)) function.Assemble {
	return func(ctx context.Context, p function.Parts) (lambda.Handler, error) {
		if p.Function.Event() != catalog.AnyEvent {
			return nil, fmt.Errorf("the catalog triggers %s by %q, its handler takes every event", p.Function.Name, p.Function.Event())
		}
		handle, err := build(ctx, p.Env())
		if err != nil {
			return nil, err
		}
		c := newConsumer(p)
		c.newChain(readEventAlone, validAny, false, ofAny(handle))
		return c, nil
	}
}

func readEventAlone(body []byte) (event.Raw, any, error) {
	raw, err := readEvent(body)
	return raw, nil, err
}

// validAny decodes and validates the data by the catalog's type for it.
func validAny(next delivery.Handler) delivery.Handler {
	return func(ctx context.Context, e event.Raw) error {
		entry, ok := catalog.EventByType(e.Type)
		if !ok {
			return fault.Field("type", "a type of the catalog")
		}
		data, err := event.Decode(e, entry.Payload)
		if err != nil {
			return err
		}
		d := delivery.Of(ctx)
		d.Data = data
		d.Kill.Reach(delivery.AfterDecode)
		return next(ctx, e)
	}
}

func ofAny(handle Handler[event.Payload]) delivery.Handler {
	return func(ctx context.Context, e event.Raw) error {
		return handle(ctx, event.Event[event.Payload]{Header: e.Header, Data: delivery.Of(ctx).Data.(event.Payload)})
	}
}
