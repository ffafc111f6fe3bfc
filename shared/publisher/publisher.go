// Package publisher publishes business events on the bus.
//
//	bus := publisher.New(eventbridge.NewFromConfig(cfg), "signalbox-dev")
//	for i, err := range bus.Publish(ctx, "", events...) {
//		if err != nil {
//			return fmt.Errorf("publish %s: %w", events[i].Type, err)
//		}
//	}
//
// # Delivery
//
// Each event is accepted or refused on its own, so Publish returns an error per
// event. Entries that EventBridge refuses temporarily are sent again a few times,
// after a short back-off; accepted entries are not repeated. An event that is
// published twice is the same event, so if some events are refused, the caller
// publishes all of them again.
//
// # Errors
//
// A refusal that may pass is Retryable and ambiguous, since EventBridge may have
// accepted an event whose answer was lost. An event too large for the bus is
// Permanent.
//
// # Limits
//
// A request holds at most 10 entries and 1 MiB, computed as EventBridge does:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
package publisher

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"golang.org/x/sync/errgroup"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

const (
	// Source is the EventBridge source of every entry; rules match it.
	Source = "signalbox"

	maxEntries = 10
	maxBytes   = 1 << 20
	// attempts is how often a refused entry is sent at most.
	attempts = 3
	// parallel is how many requests of one Publish run at the same time.
	parallel = 4
)

// API is the part of *eventbridge.Client that a Publisher calls.
type API interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// Publisher publishes on one bus. It is safe for concurrent use.
type Publisher struct {
	api   API
	bus   string
	pause func(context.Context, time.Duration) error
}

// New returns a publisher for the bus with the given name.
func New(api API, bus string) *Publisher {
	return &Publisher{api: api, bus: bus, pause: pause}
}

// Publish sends the events and returns one error per event, nil for those
// that were accepted. The trace header is X-Ray's, empty if unknown.
func (p *Publisher) Publish(ctx context.Context, traceHeader string, events ...event.Raw) []error {
	errs := make([]error, len(events))
	entries := make([]types.PutEventsRequestEntry, len(events))
	sizes := make([]int, len(events))
	for i, e := range events {
		entries[i], sizes[i], errs[i] = p.entry(e, traceHeader)
	}
	var requests errgroup.Group
	requests.SetLimit(parallel)
	for _, chunk := range chunks(sizes, errs) {
		requests.Go(func() error {
			p.send(ctx, entries, chunk, errs)
			return nil
		})
	}
	_ = requests.Wait()
	return errs
}

func (p *Publisher) entry(e event.Raw, traceHeader string) (types.PutEventsRequestEntry, int, error) {
	detail, err := event.Encode(e)
	if err != nil {
		return types.PutEventsRequestEntry{}, 0, fault.Refuse("event-encoding", err)
	}
	entry := types.PutEventsRequestEntry{
		EventBusName: aws.String(p.bus),
		Source:       aws.String(Source),
		DetailType:   aws.String(string(e.Type)),
		Detail:       aws.String(string(detail)),
		Time:         aws.Time(e.Time),
	}
	if traceHeader != "" {
		entry.TraceHeader = aws.String(traceHeader)
	}
	// 14 bytes for the time, then source, detail type and detail in UTF-8:
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size
	size := 14 + len(Source) + len(e.Type) + len(detail)
	if size > maxBytes {
		return entry, size, fault.Refuse("event-too-large", fmt.Errorf("entry of %d bytes: expected at most %d", size, maxBytes))
	}
	return entry, size, nil
}

// chunks groups the indexes of the events without an error into requests within
// the limits.
func chunks(sizes []int, errs []error) [][]int {
	var all [][]int
	var chunk []int
	total := 0
	for i, size := range sizes {
		if errs[i] != nil {
			continue
		}
		if len(chunk) == maxEntries || len(chunk) > 0 && total+size > maxBytes {
			all = append(all, chunk)
			chunk, total = nil, 0
		}
		chunk = append(chunk, i)
		total += size
	}
	if len(chunk) > 0 {
		all = append(all, chunk)
	}
	return all
}

// send puts the entries of one chunk and repeats the refused ones.
func (p *Publisher) send(ctx context.Context, entries []types.PutEventsRequestEntry, chunk []int, errs []error) {
	for attempt := 1; ; attempt++ {
		request := make([]types.PutEventsRequestEntry, len(chunk))
		for i, index := range chunk {
			request[i] = entries[index]
		}
		out, err := p.api.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: request})
		chunk = refused(chunk, out, err, errs)
		if len(chunk) == 0 || err != nil || attempt == attempts {
			return
		}
		if p.pause(ctx, backoff(attempt)) != nil {
			return
		}
	}
}

// refused records the result of each entry in errs and returns the indexes of
// the refused ones.
func refused(chunk []int, out *eventbridge.PutEventsOutput, err error, errs []error) []int {
	if err == nil && (out == nil || len(out.Entries) != len(chunk)) {
		err = errors.New("answer: expected one entry per event")
	}
	var failed []int
	for i, index := range chunk {
		switch {
		case err != nil:
			errs[index] = fault.Unknown("bus", 0, fmt.Errorf("put events: %w", err))
		case out.Entries[i].ErrorCode != nil:
			errs[index] = fault.Unknown("bus", 0, fmt.Errorf("put events: %s", aws.ToString(out.Entries[i].ErrorCode)))
		default:
			errs[index] = nil
			continue
		}
		failed = append(failed, index)
	}
	return failed
}

// backoff returns a random delay with full jitter: up to 50 ms, doubled with every attempt.
func backoff(attempt int) time.Duration {
	return time.Millisecond + rand.N(50*time.Millisecond<<attempt)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
