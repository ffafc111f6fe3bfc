package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"signalbox/shared/connector/senders"
	"signalbox/shared/event"
	"signalbox/shared/function"
	"signalbox/shared/function/web"
	"signalbox/shared/source/carrier"
	"signalbox/shared/source/fedex"
	"signalbox/shared/source/signature"
)

// source is the sender of one path: how it signs and what it sends.
type source struct {
	verify signature.Verify
	open   func(web.Request) ([]event.Raw, error)
}

// handler holds the sources by their paths.
type handler map[string]source

// newHandler omits a source without a secret: its path does not exist then.
func newHandler(tokens senders.Tokens, now func() time.Time) (handler, error) {
	h := handler{}
	if secrets := tokens.Of("fedex"); len(secrets) > 0 {
		h["/fedex"] = source{signature.FedEx(secrets), func(r web.Request) ([]event.Raw, error) { return fedex.Open(r.Body) }}
	}
	if secrets := tokens.Of("carrier"); len(secrets) > 0 {
		verify, err := signature.Standard(secrets, now)
		if err != nil {
			return nil, fmt.Errorf("secret of senders: tokens: carrier: %w", err)
		}
		h["/carrier"] = source{verify, func(r web.Request) ([]event.Raw, error) { return carrier.Open(r.Header("webhook-id"), r.Body) }}
	}
	return h, nil
}

// receive reads nothing of a request before its signature is verified.
func (h handler) receive(_ context.Context, r web.Request) ([]event.Raw, error) {
	from, ok := h[r.Path]
	if !ok {
		return nil, web.Reject(404, "path")
	}
	if err := from.verify(r.Header, r.Body); err != nil {
		var why signature.Err
		errors.As(err, &why)
		return nil, web.Reject(401, string(why))
	}
	events, err := from.open(r)
	var scan *fedex.Ignored
	var hook *carrier.Ignored
	switch {
	case errors.As(err, &scan):
		return nil, function.Ignore(scan.Reason)
	case errors.As(err, &hook):
		return nil, function.Ignore(hook.Reason)
	}
	return events, err
}
