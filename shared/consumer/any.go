package consumer

import (
	"context"
	"fmt"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// StartAny runs the function of that name in the catalog, which every event
// triggers. Its handler is given the data as the type the catalog has for the
// event; a type that is not in the catalog is Invalid. See Start.
func StartAny(name string, build func(context.Context, Env) (Handler[event.Payload], error)) {
	start(name, anyFunction(build))
}

func anyFunction(build func(context.Context, Env) (Handler[event.Payload], error)) assembler {
	return func(ctx context.Context, f catalog.Function, d dependencies) (lambda.Handler, error) {
		if f.Event != catalog.AnyEvent {
			return nil, fmt.Errorf("the catalog triggers %s by %q, its handler takes every event", f.Name, f.Event)
		}
		handle, err := build(ctx, d.env())
		if err != nil {
			return nil, err
		}
		c := d.consumer()
		c.install(readEventAlone, validAny, false, ofAny(handle))
		return c, nil
	}
}

func readEventAlone(body []byte) (event.Raw, any, error) {
	raw, err := readEvent(body)
	return raw, nil, err
}

// validAny decodes and validates the data by the catalog's type for it.
func validAny(next Handler[jsontext.Value]) Handler[jsontext.Value] {
	return func(ctx context.Context, e event.Raw) error {
		entry, ok := catalog.EventByType(e.Type)
		if !ok {
			return fault.Field("type", "a type of the catalog")
		}
		data, err := event.Decode(e, entry.Payload)
		if err != nil {
			return err
		}
		d := deliveryOf(ctx)
		d.data = data
		d.kill.reach(afterDecode)
		return next(ctx, e)
	}
}

func ofAny(handle Handler[event.Payload]) Handler[jsontext.Value] {
	return func(ctx context.Context, e event.Raw) error {
		return handle(ctx, event.Event[event.Payload]{Header: e.Header, Data: deliveryOf(ctx).data.(event.Payload)})
	}
}
