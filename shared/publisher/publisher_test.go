package publisher

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"go.uber.org/goleak"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bus answers requests as answer says; without it all are accepted.
type bus struct {
	mu       sync.Mutex
	requests [][]types.PutEventsRequestEntry
	answer   func(request int, entry types.PutEventsRequestEntry) (code string, err error)
	short    bool
}

func (b *bus) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = append(b.requests, in.Entries)
	out := &eventbridge.PutEventsOutput{}
	for _, e := range in.Entries {
		entry := types.PutEventsResultEntry{EventId: aws.String("1")}
		if b.answer != nil {
			code, err := b.answer(len(b.requests), e)
			if err != nil {
				return nil, err
			}
			if code != "" {
				entry = types.PutEventsResultEntry{ErrorCode: &code}
			}
		}
		out.Entries = append(out.Entries, entry)
	}
	if b.short {
		out.Entries = out.Entries[1:]
	}
	return out, nil
}

func events(n, bytes int) []event.Raw {
	all := make([]event.Raw, n)
	for i := range all {
		all[i] = event.Raw{
			Header: event.Header{ID: fmt.Sprintf("id-%d.", i), Type: "order.created", Time: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)},
			Data:   []byte(`"` + strings.Repeat("x", bytes) + `"`),
		}
	}
	return all
}

func publish(b *bus, all []event.Raw) []error {
	p := New(b, "bus")
	p.pause = func(context.Context, time.Duration) error { return nil }
	return p.Publish(context.Background(), "Root=1", all...)
}

func TestRequestsStayWithinTheLimits(t *testing.T) {
	for sentence, c := range map[string]struct {
		n, bytes, requests int
	}{
		"nothing sends nothing":                   {0, 0, 0},
		"ten go in one request":                   {10, 100, 1},
		"an eleventh needs another":               {11, 100, 2},
		"large ones are split by their size":      {10, 300_000, 4},
		"each of half a request goes with no one": {3, 600_000, 3},
	} {
		t.Run(sentence, func(t *testing.T) {
			b := &bus{}
			for i, err := range publish(b, events(c.n, c.bytes)) {
				if err != nil {
					t.Errorf("event %d: %v", i, err)
				}
			}
			if len(b.requests) != c.requests {
				t.Errorf("%d requests, want %d", len(b.requests), c.requests)
			}
			seen := map[string]bool{}
			for _, entries := range b.requests {
				total := 0
				for _, e := range entries {
					total += 14 + len(*e.Source) + len(*e.DetailType) + len(*e.Detail)
					seen[*e.Detail] = true
				}
				if total > 1<<20 || len(entries) > 10 {
					t.Errorf("a request of %d entries and %d bytes", len(entries), total)
				}
			}
			if len(seen) != c.n {
				t.Errorf("%d different events sent, want %d", len(seen), c.n)
			}
		})
	}
}

func TestEntryIsWhatTheRulesMatch(t *testing.T) {
	b := &bus{}
	all := events(1, 3)
	publish(b, all)
	e := b.requests[0][0]
	detail, _ := event.Encode(all[0])
	if *e.EventBusName != "bus" || *e.Source != "signalbox" || *e.DetailType != "order.created" || *e.Detail != string(detail) || *e.TraceHeader != "Root=1" || !e.Time.Equal(all[0].Time) {
		t.Errorf("entry %+v", e)
	}
}

func TestOnlyRefusedEntriesAreSentAgain(t *testing.T) {
	b := &bus{answer: func(request int, e types.PutEventsRequestEntry) (string, error) {
		if strings.Contains(*e.Detail, "id-3.") && request < 3 {
			return "ThrottlingException", nil
		}
		return "", nil
	}}
	for i, err := range publish(b, events(5, 1)) {
		if err != nil {
			t.Errorf("event %d: %v", i, err)
		}
	}
	var sizes []int
	for _, r := range b.requests {
		sizes = append(sizes, len(r))
	}
	if fmt.Sprint(sizes) != "[5 1 1]" {
		t.Errorf("requests of %v entries, want [5 1 1]", sizes)
	}
}

func TestErrorsOfRefusedEvents(t *testing.T) {
	for sentence, c := range map[string]struct {
		bus      *bus
		events   []event.Raw
		failed   int
		kind     fault.Kind
		requests int
	}{
		"an entry refused again and again": {
			bus: &bus{answer: func(_ int, e types.PutEventsRequestEntry) (string, error) {
				if strings.Contains(*e.Detail, "id-1.") {
					return "InternalFailure", nil
				}
				return "", nil
			}}, events: events(3, 1), failed: 1, kind: fault.Retryable, requests: 3,
		},
		"a request that fails": {
			bus:    &bus{answer: func(int, types.PutEventsRequestEntry) (string, error) { return "", errors.New("timeout") }},
			events: events(3, 1), failed: 3, kind: fault.Retryable, requests: 1,
		},
		"an answer that is too short": {bus: &bus{short: true}, events: events(3, 1), failed: 3, kind: fault.Retryable, requests: 3},
		"an event too large for the bus": {
			bus: &bus{}, events: append(events(1, 1<<20), events(1, 1)...), failed: 1, kind: fault.Permanent, requests: 1,
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			failed := 0
			for _, err := range publish(c.bus, c.events) {
				f := fault.Of(err)
				if f == nil {
					continue
				}
				failed++
				if f.Kind != c.kind || f.Ambiguous != (c.kind == fault.Retryable) {
					t.Errorf("%v: %v, ambiguous %v; want %v", err, f.Kind, f.Ambiguous, c.kind)
				}
				if c.kind == fault.Permanent && !strings.Contains(err.Error(), "expected at most 1048576") {
					t.Errorf("%v does not name the size", err)
				}
			}
			if failed != c.failed || len(c.bus.requests) != c.requests {
				t.Errorf("%d failed by %d requests, want %d by %d", failed, len(c.bus.requests), c.failed, c.requests)
			}
		})
	}
}

func ExamplePublisher_Publish() {
	b := &bus{answer: func(_ int, e types.PutEventsRequestEntry) (string, error) {
		if strings.Contains(*e.Detail, "id-1.") {
			return "InternalFailure", nil
		}
		return "", nil
	}}
	for _, err := range New(b, "bus").Publish(context.Background(), "", events(2, 1)...) {
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// bus: put events: InternalFailure
}
