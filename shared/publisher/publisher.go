// Package publisher puts business events on the bus.
//
// # Delivery
//
// An event is accepted or it is not, each for itself: an error is per event.
// Entries that EventBridge refuses for the moment are sent again a few times at
// once, and only those. An event that is published twice is the same event, so
// a caller whose events were not all accepted publishes all of them again.
//
// # Errors
//
// What EventBridge may accept later is Retryable and ambiguous, since the lost
// answer may have been a yes. An event too large for the bus is Permanent.
//
// # Limits
//
// 10 entries and 1 MiB a request, the sizes computed as EventBridge counts them:
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
	// attempts bounds how often refused entries are sent.
	attempts = 3
	// parallel bounds the requests of one Publish that are under way at once.
	parallel = 4
)

// API is what is needed of EventBridge; *eventbridge.Client has it.
type API interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// Publisher publishes to one bus. It is safe for concurrent use.
type Publisher struct {
	api   API
	bus   string
	pause func(context.Context, time.Duration) error
}

// New returns a publisher to the bus of that name.
func New(api API, bus string) *Publisher {
	return &Publisher{api: api, bus: bus, pause: pause}
}

// Publish sends the events and returns one error per event, nil for those
// that were accepted. The trace header is that of X-Ray, empty if unknown.
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
		return entry, size, fault.Refuse("event-too-large", fmt.Errorf("the entry has %d bytes, the bus takes %d", size, maxBytes))
	}
	return entry, size, nil
}

// chunks groups the indexes of sendable events into requests within the limits.
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

// send puts the entries of one chunk, and again those that were refused.
func (p *Publisher) send(ctx context.Context, entries []types.PutEventsRequestEntry, chunk []int, errs []error) {
	for attempt := 1; ; attempt++ {
		request := make([]types.PutEventsRequestEntry, len(chunk))
		for i, index := range chunk {
			request[i] = entries[index]
		}
		out, err := p.api.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: request})
		chunk = settle(chunk, out, err, errs)
		if len(chunk) == 0 || err != nil || attempt == attempts {
			return
		}
		if p.pause(ctx, backoff(attempt)) != nil {
			return
		}
	}
}

// settle notes the fate of each entry and returns the indexes of those refused.
func settle(chunk []int, out *eventbridge.PutEventsOutput, err error, errs []error) []int {
	if err == nil && (out == nil || len(out.Entries) != len(chunk)) {
		err = errors.New("the answer does not have an entry per event")
	}
	var refused []int
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
		refused = append(refused, index)
	}
	return refused
}

// backoff is full jitter of 50 ms doubled per attempt.
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
