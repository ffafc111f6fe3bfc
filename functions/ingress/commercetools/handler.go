package main

import (
	"context"
	"errors"

	"signalbox/shared/config"
	"signalbox/shared/event"
	"signalbox/shared/function"
	"signalbox/shared/source/commercetools"
)

type handler struct {
	source commercetools.Source
}

func newHandler(v config.Values, shop commercetools.Fetcher) handler {
	return handler{source: commercetools.FromSettings(v, shop)}
}

// recording records what arrived for the back-fill, if the stage has one. An arrival
// that cannot be noted costs a repetition, which the ledger recognizes, and no more.
func (h handler) recording(env function.Env) handler {
	if env.Config.String(config.Arrivals) == "note" {
		h.source.Arrived = func(ctx context.Context, id string) { _ = env.RecordArrival(ctx, id) }
	}
	return h
}

func (h handler) open(ctx context.Context, body []byte) ([]event.Raw, error) {
	events, err := h.source.Open(ctx, body)
	var ignored *commercetools.Ignored
	if errors.As(err, &ignored) {
		return nil, function.Ignore(ignored.Reason)
	}
	return events, err
}
