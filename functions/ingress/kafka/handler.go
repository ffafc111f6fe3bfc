package main

import (
	"context"
	"errors"

	"signalbox/shared/config"
	"signalbox/shared/consumer"
	"signalbox/shared/event"
	"signalbox/shared/source/commercetools"
)

type handler struct {
	source commercetools.Source
}

func newHandler(v config.Values, shop commercetools.Fetcher) handler {
	return handler{source: commercetools.FromSettings(v, shop)}
}

func (h handler) open(ctx context.Context, body []byte) ([]event.Raw, error) {
	events, err := h.source.Open(ctx, body)
	var ignored *commercetools.Ignored
	if errors.As(err, &ignored) {
		return nil, consumer.Ignore(ignored.Reason)
	}
	return events, err
}
